#include "common/recon/bench_process.h"

#include <fftw3.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <random>

#include "common/base/clock.h"
#include "common/recon/cpu/fftw_plans.h"
#include "common/recon/cpu/processor.h"
#include "common/recon/cpu/scratch.h"
#include "common/recon/ramp.h"

namespace slicecast::recon {
namespace {

struct Scan {
  int frames, rows, columns;
};

ProcessDesc descriptor(const Scan& scan, bool cone) {
  ProcessDesc desc;
  desc.geometry.rows = scan.rows;
  desc.geometry.columns = scan.columns;
  desc.geometry.pixel_mm = 0.4;
  if (cone) {
    desc.geometry.beam = geometry::Beam::cone;
    desc.geometry.source_axis_mm = 500;
    desc.geometry.source_detector_mm = 1000;
    desc.coverage = Coverage::full_turn;
  }
  const std::size_t pixels = static_cast<std::size_t>(scan.rows) * scan.columns;
  desc.dark = std::make_shared<FloatImage>(pixels, 100.0F);
  desc.flat = std::make_shared<FloatImage>(pixels, 50000.0F);
  return desc;
}

// A disc in the middle of the beam, so that automatic padding finds air at the edges.
std::vector<std::uint16_t> frame_of(const Scan& scan) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> noise(-200, 200);
  std::vector<std::uint16_t> frame;
  frame.reserve(static_cast<std::size_t>(scan.rows) * scan.columns);
  for (int r = 0; r < scan.rows; ++r)
    for (int c = 0; c < scan.columns; ++c) {
      const double t = (2.0 * c + 1 - scan.columns) / (0.8 * scan.columns);
      const double chord = t * t < 1 ? std::sqrt(1 - t * t) : 0;
      frame.push_back(
          static_cast<std::uint16_t>(100 + 49000 * std::exp(-2 * chord) + noise(random)));
    }
  return frame;
}

// Real transforms of rows of `length` floats, forward and inverse, nothing else.
class BareTransforms {
 public:
  explicit BareTransforms(int length) : length_(length) {
    const PlannerLock lock;
    AlignedFloats real(length), spectrum(length + 2);
    auto* bins = reinterpret_cast<fftwf_complex*>(spectrum.get());
    forward_ = fftwf_plan_dft_r2c_1d(length, real.get(), bins, FFTW_MEASURE);
    backward_ = fftwf_plan_dft_c2r_1d(length, bins, real.get(), FFTW_MEASURE);
  }
  ~BareTransforms() {
    const PlannerLock lock;
    fftwf_destroy_plan(forward_);
    fftwf_destroy_plan(backward_);
  }
  BareTransforms(const BareTransforms&) = delete;
  BareTransforms& operator=(const BareTransforms&) = delete;

  void rows(int count) const {
    AlignedFloats real(length_), spectrum(length_ + 2);
    auto* bins = reinterpret_cast<fftwf_complex*>(spectrum.get());
    for (int i = 0; i < count; ++i) {
      fftwf_execute_dft_r2c(forward_, real.get(), bins);
      fftwf_execute_dft_c2r(backward_, bins, real.get());
    }
  }

 private:
  int length_;
  fftwf_plan forward_ = nullptr, backward_ = nullptr;
};

// CPU time of this thread, or wall time when several work.
double now_milliseconds(int threads) {
  if (threads > 1) return static_cast<double>(steady_now_ns()) * 1e-6;
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) * 1e-6;
}

double milliseconds(const std::function<void()>& work, int threads) {
  const double begin = now_milliseconds(threads);
  work();
  return now_milliseconds(threads) - begin;
}

// The two in turn, so that both see the same machine; the fastest of each.
ProcessBenchRow compared(const std::function<void()>& work, const std::function<void()>& limit,
                         int threads) {
  ProcessBenchRow row;
  constexpr int kRepetitions = 7;
  work();
  limit();
  for (int i = 0; i < kRepetitions; ++i) {
    const double own = milliseconds(work, threads), bare = milliseconds(limit, threads);
    row.milliseconds = i == 0 ? own : std::min(row.milliseconds, own);
    row.limit_milliseconds = i == 0 ? bare : std::min(row.limit_milliseconds, bare);
  }
  row.ratio = row.milliseconds / row.limit_milliseconds;
  return row;
}

ProcessBenchRow bench_scan(const std::string& name, const Scan& scan, bool cone, int threads) {
  const auto made = make_cpu_processor(descriptor(scan, cone));
  const Processor& processor = **made;
  const std::vector<std::uint16_t> frame = frame_of(scan);
  const std::size_t pixels = frame.size();
  std::vector<std::uint16_t> raw;  // distinct memory for every frame, as a stream has
  for (int i = 0; i < scan.frames; ++i) raw.insert(raw.end(), frame.begin(), frame.end());
  std::vector<float> out(pixels * scan.frames);
  const int length = zero_padding(scan.columns).length;
  const BareTransforms bare(length);
  tbb::task_arena arena(threads);

  const auto process = [&] {
    arena.execute([&] {
      for (int i = 0; i < scan.frames; ++i)
        processor.filter(raw.data() + i * pixels, 0,
                         {out.data() + i * pixels, scan.rows, scan.columns});
    });
  };
  const auto transform = [&] {
    arena.execute([&] {
      tbb::parallel_for(tbb::blocked_range<int>(0, scan.frames * scan.rows, scan.rows / 8 + 1),
                        [&](const auto& range) { bare.rows(static_cast<int>(range.size())); });
    });
  };
  ProcessBenchRow row = compared(process, transform, threads);
  row.name = name;
  row.threads = threads;
  row.work = std::to_string(scan.frames) + " x " + std::to_string(scan.rows) + " x " +
             std::to_string(scan.columns) + " uint16, " + (cone ? "cone" : "parallel") +
             ", limit: bare FFTW rows of " + std::to_string(length);
  return row;
}

int scaled(int size, double scale, int least) {
  return std::max(least, static_cast<int>(std::lround(size * scale)));
}

}  // namespace

std::vector<ProcessBenchRow> bench_process(double scale, int threads) {
  const double side = std::sqrt(std::clamp(scale, 1e-3, 1.0));
  const Scan chain{scaled(60, scale, 1), scaled(647, side, 9), scaled(768, side, 16)};
  const Scan frame{scaled(16, scale, 1), scaled(512, side, 8), scaled(512, side, 16)};
  std::vector<ProcessBenchRow> rows;
  rows.push_back(bench_scan("process chain", chain, true, threads));
  rows.push_back(bench_scan("process one frame", frame, false, 1));
  rows.back().milliseconds /= frame.frames;
  rows.back().limit_milliseconds /= frame.frames;
  rows.back().work += ", CPU time per frame, mean of a burst";
  return rows;
}

}  // namespace slicecast::recon
