#include "common/recon/cpu/fftw_plans.h"

#include <map>
#include <mutex>
#include <utility>

#include "common/recon/cpu/scratch.h"

namespace slicecast::recon {
namespace {

constexpr double kLongestTrials = 1;  // seconds for each plan

std::mutex& planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

fftwf_complex* complex_of(float* floats) {
  return reinterpret_cast<fftwf_complex*>(floats);
}

}  // namespace

PlannerLock::PlannerLock() {
  planner_mutex().lock();
}
PlannerLock::~PlannerLock() {
  planner_mutex().unlock();
}

RowPlans::RowPlans(int length, bool measured) {
  AlignedFloats in(2 * static_cast<std::size_t>(length)), out(in.size());
  const unsigned how = (measured ? FFTW_MEASURE : FFTW_ESTIMATE) | FFTW_DESTROY_INPUT;
  // A scan waits for this. Rows of 65535 columns would be tried out for a minute and a half.
  fftwf_set_timelimit(kLongestTrials);
  forward_ =
      fftwf_plan_dft_1d(length, complex_of(in.get()), complex_of(out.get()), FFTW_FORWARD, how);
  backward_ =
      fftwf_plan_dft_1d(length, complex_of(in.get()), complex_of(out.get()), FFTW_BACKWARD, how);
}

RowPlans::~RowPlans() {
  const PlannerLock lock;
  fftwf_destroy_plan(forward_);
  fftwf_destroy_plan(backward_);
}

void RowPlans::forward(float* row, float* spectrum) const {
  fftwf_execute_dft(forward_, complex_of(row), complex_of(spectrum));
}
void RowPlans::backward(float* spectrum, float* row) const {
  fftwf_execute_dft(backward_, complex_of(spectrum), complex_of(row));
}

std::shared_ptr<const RowPlans> row_plans(int length, bool measured) {
  constexpr int kWellEstimated = 2048;
  const PlannerLock lock;
  // Made after, hence gone before the mutex.
  static std::map<std::pair<int, bool>, std::shared_ptr<const RowPlans>> kept;
  const bool trials = measured && length > kWellEstimated;
  std::shared_ptr<const RowPlans>& plans = kept[{length, trials}];
  if (!plans) plans = std::make_shared<const RowPlans>(length, trials);
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
