// FFTW plans. The planner is not thread-safe and plans are dear: one lock, and row plans are kept
// for the life of the program, one pair per length. Executing a plan is thread-safe.
#pragma once

#include <fftw3.h>

#include <memory>

namespace slicecast::recon {

// Complex transforms of one row, out of place (a quarter faster than in place; a pair of real rows
// costs half of two real-to-complex transforms). Buffers as AlignedFloats; both destroy their
// input.
class RowPlans {
 public:
  RowPlans(int length, bool measured);  // under the planner's lock
  ~RowPlans();
  RowPlans(const RowPlans&) = delete;
  RowPlans& operator=(const RowPlans&) = delete;
  void forward(float* row, float* spectrum) const;
  void backward(float* spectrum, float* row) const;

 private:
  fftwf_plan forward_ = nullptr, backward_ = nullptr;
};
// `measured`: worth half a second of trials, once per program (ignored up to 2048, where FFTW's
// estimate is within a few per cent; at 4096 measuring wins 25 %, at 8192 40 %).
std::shared_ptr<const RowPlans> row_plans(int length, bool measured);

// Two-dimensional cosine transforms, in place: type II forward, type III backward; together they
// multiply by 4 rows columns.
class CosinePlans {
 public:
  CosinePlans(int rows, int columns);
  ~CosinePlans();
  CosinePlans(const CosinePlans&) = delete;
  CosinePlans& operator=(const CosinePlans&) = delete;
  void forward(float* image) const;
  void backward(float* image) const;

 private:
  fftwf_plan forward_ = nullptr, backward_ = nullptr;
};

// Held while any part of the program plans or destroys plans.
class PlannerLock {
 public:
  PlannerLock();
  ~PlannerLock();
  PlannerLock(const PlannerLock&) = delete;
  PlannerLock& operator=(const PlannerLock&) = delete;
};

}  // namespace slicecast::recon
