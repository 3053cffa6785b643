#include "common/recon/cpu/fftw_plans.h"

#include <map>
#include <mutex>

#include "common/recon/cpu/scratch.h"

namespace slicecast::recon {
namespace {

std::mutex& planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

fftwf_complex* complex_of(AlignedFloats& floats) {
  return reinterpret_cast<fftwf_complex*>(floats.get());
}

}  // namespace

PlannerLock::PlannerLock() {
  planner_mutex().lock();
}
PlannerLock::~PlannerLock() {
  planner_mutex().unlock();
}

RowPlans row_plans(int length) {
  static std::map<int, RowPlans> kept;  // guarded by the planner's lock
  const PlannerLock lock;
  RowPlans& plans = kept[length];
  if (plans.forward == nullptr) {
    AlignedFloats in(2 * static_cast<std::size_t>(length)), out(in.size());
    const unsigned how = FFTW_MEASURE | FFTW_DESTROY_INPUT;
    plans.forward = fftwf_plan_dft_1d(length, complex_of(in), complex_of(out), FFTW_FORWARD, how);
    plans.backward = fftwf_plan_dft_1d(length, complex_of(in), complex_of(out), FFTW_BACKWARD, how);
  }
  return plans;
}

CosinePlans::CosinePlans(int rows, int columns) {
  const PlannerLock lock;
  AlignedFloats image(static_cast<std::size_t>(rows) * columns);
  // Estimated: measuring a whole frame would take seconds.
  forward_ = fftwf_plan_r2r_2d(rows, columns, image.get(), image.get(), FFTW_REDFT10, FFTW_REDFT10,
                               FFTW_ESTIMATE);
  backward_ = fftwf_plan_r2r_2d(rows, columns, image.get(), image.get(), FFTW_REDFT01, FFTW_REDFT01,
                                FFTW_ESTIMATE);
}

CosinePlans::~CosinePlans() {
  const PlannerLock lock;
  fftwf_destroy_plan(forward_);
  fftwf_destroy_plan(backward_);
}

void CosinePlans::forward(float* image) const {
  fftwf_execute_r2r(forward_, image, image);
}
void CosinePlans::backward(float* image) const {
  fftwf_execute_r2r(backward_, image, image);
}

}  // namespace slicecast::recon
