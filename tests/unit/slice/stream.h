// A small synthetic stream of filtered projections for the tests of the slice server.
#pragma once

#include <cmath>
#include <condition_variable>
#include <map>
#include <mutex>
#include <numbers>
#include <random>

#include "common/geometry/scan_geometry.h"
#include "services/slice/engine.h"

namespace slicecast::slice::testing {

inline const recon::Backend& backend(const char* name = "cpu") {
  return **recon::find_backend(name);
}

// A parallel beam detector of 24 rows and 40 columns of 1 mm.
inline geometry::ScanGeometry small_geometry() {
  geometry::ScanGeometry g;
  g.rows = 24;
  g.columns = 40;
  return g;
}

inline WindowRules half_turn(std::uint64_t group) {
  WindowRules rules;
  rules.period_rad = std::numbers::pi;
  rules.group_size = group;
  return rules;
}

inline StreamStart stream_start(std::uint64_t group, std::string scan = "scan") {
  StreamStart start;
  start.scan_id = std::move(scan);
  start.epoch = 1;
  start.rules = half_turn(group);
  start.field = geometry::field_of_view(small_geometry(), false);
  return start;
}

// Projection `id` of a scan with `group` projections per half turn; pixels are seeded by (id,
// seed).
struct MadeProjection {
  Entry entry;
  recon::StoredImagePtr image;
};
inline MadeProjection make_projection(std::uint64_t id, std::uint64_t group, unsigned seed = 0,
                                      recon::StoreType store = recon::StoreType::single_precision) {
  const geometry::ScanGeometry g = small_geometry();
  std::mt19937 random(static_cast<unsigned>(id) * 7919u + seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> pixels(static_cast<std::size_t>(g.rows * g.columns));
  for (float& pixel : pixels) pixel = uniform(random);
  MadeProjection made;
  made.entry.id = id;
  made.entry.epoch = 1;
  made.entry.angle_rad = std::numbers::pi * static_cast<double>(id) / static_cast<double>(group);
  made.entry.acquired_ns = static_cast<std::int64_t>(id) + 1;
  made.entry.matrix = geometry::projection_at(g, made.entry.angle_rad).matrix;
  made.image = backend().store({pixels.data(), g.rows, g.columns}, store, 1, nullptr);
  return made;
}

// Keeps the newest image of every key; tests wait for what they expect.
class Gallery {
 public:
  Engine::Publish publisher() {
    return [this](Image&& image) {
      std::lock_guard lock(mutex_);
      ++published_[image.target.key];
      images_[image.target.key] = std::move(image);
      changed_.notify_all();
    };
  }
  // Waits (60 s hang guard) until the newest image of `key` fulfils the condition.
  template <class Condition>
  bool wait(const std::string& key, Condition condition, Image* out = nullptr) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(60), [&] {
      const auto found = images_.find(key);
      return found != images_.end() && condition(found->second);
    });
    if (came && out != nullptr) *out = images_[key];
    return came;
  }
  int published(const std::string& key) {
    std::lock_guard lock(mutex_);
    return published_[key];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Image> images_;
  std::map<std::string, int> published_;
};

inline Target slice_target(const std::string& id, int size = 32, double edge_mm = 32,
                           std::uint64_t revision = 1, double z = 0.25) {
  Target target;
  target.key = "slice/" + id;
  target.pose_revision = revision;
  target.grid = geometry::grid_of(
      {{-edge_mm / 2, -edge_mm / 2, z}, {edge_mm, 0, 0}, {0, edge_mm, 0.1 * edge_mm}}, size, size);
  return target;
}

inline double relative_rms(const Image& a, const Image& b) {
  const auto& grid = a.target.grid;
  const auto count = static_cast<std::size_t>(grid.planes * grid.rows * grid.columns);
  double difference = 0;
  double reference = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double d = a.pixels->as<float>()[i] - b.pixels->as<float>()[i];
    difference += d * d;
    reference += b.pixels->as<float>()[i] * static_cast<double>(b.pixels->as<float>()[i]);
  }
  return std::sqrt(difference / reference);
}

}  // namespace slicecast::slice::testing
