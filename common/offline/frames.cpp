#include "common/offline/frames.h"

#include <utility>

namespace slicecast::offline {

std::size_t ScanFrames::frame_bytes() const {
  return static_cast<std::size_t>(geometry.rows) * static_cast<std::size_t>(geometry.columns) *
         size_of(pixel_type);
}

Result<ScanFrames> frames_of(const io::ScanFile& file, double step_rad) {
  const auto& description = file.description();
  ScanFrames frames;
  frames.geometry = description.geometry;
  frames.geometry_stored = description.geometry_stored;
  frames.pixel_type = description.pixel_type;
  frames.already_linear = description.already_linear;
  frames.angles_rad = description.angles_rad;
  frames.ids = description.ids;
  frames.darks = description.darks;
  frames.flats = description.flats;
  frames.window = description.window;
  frames.energy_kev = description.energy_kev.value_or(0);
  frames.distance_mm = description.distance_mm.value_or(0);
  if (frames.angles_rad.empty() && step_rad != 0) {
    for (std::size_t i = 0; i < description.projections; ++i)
      frames.angles_rad.push_back(step_rad * static_cast<double>(i));
  }
  if (frames.angles_rad.empty()) {
    for (std::size_t i = 0; i < description.projections; ++i) {
      const auto id = i < description.ids.size() ? description.ids[i] : i;
      const auto angle = geometry::angle_of(frames.geometry, id);
      if (!angle)
        return Error{Errc::not_found,
                     "the file has no angles; add /exchange/theta (degrees) or give "
                     "--angle-step in degrees"};
      frames.angles_rad.push_back(*angle);
    }
  }
  frames.read = [&file](io::FrameReference frame, std::span<std::byte> pixels) {
    return file.read(frame, pixels);
  };
  return frames;
}

}  // namespace slicecast::offline
