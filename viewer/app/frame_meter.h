// How long the stages of a frame take on the UI thread, for the status bar, the health panel and
// the report; what arrives and is uploaded between two frames counts for the later one. Times in ms
// over the newest 4096 frames. UI thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

namespace slicecast::viewer {

enum class Stage : std::uint8_t { arrivals, upload, scene, panels, swap, whole };
inline constexpr std::array kStages{Stage::arrivals, Stage::upload, Stage::scene,
                                    Stage::panels,   Stage::swap,   Stage::whole};
const char* to_string(Stage stage);

struct StageFigures {
  double p50_ms = 0, p99_ms = 0, worst_ms = 0, mean_ms = 0;
};

// Median and 99th percentile by nearest rank; zeros without samples.
StageFigures figures_of(std::deque<double> samples);

class FrameMeter {
 public:
  void begin(std::int64_t now_ns);              // the thread has slept, which is nobody's time
  void done(Stage stage, std::int64_t now_ns);  // since begin() or the stage before
  void end(std::int64_t now_ns);                // after the swap
  void volume(bool fine);                       // one was drawn with this frame

  struct Volumes {
    std::uint64_t drawn = 0, fine = 0;  // at full resolution
  };
  const Volumes& volumes() const { return volumes_; }  // since clear()

  StageFigures of(Stage stage) const;
  double frames_per_s(std::int64_t now_ns) const;  // drawn within the last second
  double recent_ms() const;  // mean of the newest 16 whole frames; 0 without any
  std::uint64_t frames() const { return frames_; }
  void clear();

 private:
  std::array<std::deque<double>, kStages.size()> samples_;
  std::array<std::int64_t, kStages.size()> since_frame_ns_{};
  std::deque<std::int64_t> drawn_ns_;
  std::int64_t stage_ns_ = 0;
  std::uint64_t frames_ = 0;
  Volumes volumes_;
};

}  // namespace slicecast::viewer
