// FFTW plans. The planner is not thread-safe and plans are dear: one lock, and row plans are kept
// for the life of the program, one pair per length. Executing a plan is thread-safe.
#pragma once

#include <fftw3.h>

#include <memory>

namespace slicecast::recon {

// Complex transforms of one row, out of place (a quarter faster than in place, half the time per
// real row of real-to-complex transforms). Buffers as AlignedFloats; both destroy their input.
struct RowPlans {
  fftwf_plan forward = nullptr, backward = nullptr;
};
RowPlans row_plans(int length);

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
