#include <algorithm>

#include "common/io/hdf5_walk.h"
#include "common/io/scan_file_layout.h"

namespace slicecast::io {
namespace {

constexpr std::uint64_t kMostKeys = std::uint64_t{1} << 31;

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// The image key and the frames it describes. Beamlines write several detectors into one file, some
// of which point to files that were not kept: the first complete pair counts.
struct KeyedStack {
  std::string key_path, stack_path;
  std::vector<double> keys;
};

// Frames beside the key, or in a group of the detector's name (NXdata); else any others.
bool belongs_to(const std::string& stack_path, const std::string& key_path) {
  const std::string detector = parent_of(key_path), group = parent_of(stack_path);
  return group == detector || leaf_of(group) == leaf_of(detector);
}

Result<KeyedStack> find_stack(hid_t file, const std::string& file_name,
                              const std::vector<std::string>& paths) {
  std::string reason =
      "there is no 'image_key'; an NXtomo file marks projections, flats and darks "
      "with one key per frame";
  std::string mismatch;
  for (const bool own : {true, false}) {
    for (const auto& key_path : paths) {
      if (leaf_of(key_path) != "image_key") continue;
      const Hdf5Handle dataset = open_dataset(file, key_path);
      auto keys = read_numbers(dataset.get(), file_name, key_path, kMostKeys);
      if (!keys) return keys.error();
      reason = "no frames 'data' belong to '" + key_path +
               "', or their external file is missing; put the files side by side as they were "
               "written";
      for (const auto& stack_path : paths) {
        if (leaf_of(stack_path) != "data" || belongs_to(stack_path, key_path) != own) continue;
        const auto shape = shape_of(open_dataset(file, stack_path).get());
        if (shape.size() == 3 && shape[0] == keys->size())
          return KeyedStack{key_path, stack_path, std::move(*keys)};
        if (!own) continue;
        mismatch = "'" + stack_path + "' has " +
                   (shape.size() == 3 ? std::to_string(shape[0]) + " frames"
                                      : "rank " + std::to_string(shape.size())) +
                   " but '" + key_path + "' has " + std::to_string(keys->size()) +
                   " keys; there must be one key per frame {frame,row,column}";
      }
    }
  }
  return hdf5_error(Errc::not_found, file_name, mismatch.empty() ? reason : mismatch);
}

// How likely `path` holds the rotation angles of the frames.
int angle_score(const std::string& path, const KeyedStack& stack) {
  const std::string leaf = leaf_of(path), group = parent_of(path);
  int score = 0;
  if (leaf == "rotation_angle")
    score = 100;
  else if (leaf == "gts_theta_value")
    score = 60;
  else if (contains(leaf, "theta") || contains(leaf, "angle"))
    score = 30;
  if (score == 0) return 0;
  if (leaf.ends_with("_set")) score -= 20;  // demanded, not measured
  if (group == parent_of(stack.stack_path)) score += 8;
  if (leaf_of(group) == leaf_of(parent_of(stack.key_path))) score += 6;
  if (leaf_of(group) == "sample") score += 4;
  return score;
}

// One angle per frame, or one per projection.
Result<std::vector<double>> find_angles(hid_t file, const std::string& file_name,
                                        const std::vector<std::string>& paths,
                                        const KeyedStack& stack, std::size_t projections) {
  std::string best;
  int best_score = 0;
  for (const auto& path : paths) {
    const int score = angle_score(path, stack);
    if (score <= best_score) continue;
    const Hdf5Handle dataset = open_dataset(file, path);
    const auto shape = shape_of(dataset.get());
    if (shape.size() != 1 || !pixel_type_of(dataset.get())) continue;
    if (shape[0] != stack.keys.size() && shape[0] != projections) continue;
    best = path;
    best_score = score;
  }
  if (best.empty())
    return hdf5_error(Errc::not_found, file_name,
                      "no angles belong to '" + stack.stack_path +
                          "': a 'rotation_angle' with one number per frame (" +
                          std::to_string(stack.keys.size()) + ") is missing");
  return read_angles(file, file_name, best);
}

Result<void> sort_frames(const std::string& file_name, const KeyedStack& stack,
                         ScanLayout& layout) {
  std::size_t invalid = 0;
  for (std::size_t frame = 0; frame < stack.keys.size(); ++frame) {
    // NXtomo: 0 projection, 1 flat field, 2 dark field, 3 invalid.
    const double key = stack.keys[frame];
    FrameKind kind = FrameKind::projection;
    if (key == 1) {
      kind = FrameKind::flat;
    } else if (key == 2) {
      kind = FrameKind::dark;
    } else if (key != 0) {
      ++invalid;
      continue;
    }
    auto& frames = layout.frames_of_kind[static_cast<std::size_t>(kind)];
    layout.description.sequence.push_back({kind, static_cast<std::uint32_t>(frames.size())});
    frames.push_back(static_cast<std::uint32_t>(frame));
  }
  auto& description = layout.description;
  description.projections = layout.frames_of_kind[0].size();
  description.darks = layout.frames_of_kind[1].size();
  description.flats = layout.frames_of_kind[2].size();
  if (invalid > 0)
    description.notes.push_back(std::to_string(invalid) + " frames are marked invalid");
  if (description.projections == 0)
    return Error{Errc::malformed,
                 file_name + ": '" + stack.key_path + "' marks no frame as a projection (key 0)"};
  for (std::size_t i = 0; i < description.projections; ++i) description.ids.push_back(i);
  return {};
}

void read_instrument(hid_t file, const std::vector<std::string>& paths, const std::string& detector,
                     ScanDescription& description) {
  const auto length = [&](const char* name) -> std::optional<double> {
    const std::string path = detector + "/" + name;
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) return std::nullopt;
    return read_quantity(file, path, Quantity::length_mm, description.notes);
  };
  set_pixel_size(description, length("x_pixel_size"), length("y_pixel_size"));
  description.distance_mm = length("distance");
  for (const auto& path : paths) {
    // Not /source/energy: that is the storage ring's.
    const bool beam = leaf_of(path) == "incident_energy" ||
                      path.ends_with("/monochromator/energy") || path.ends_with("/beam/energy");
    if (!beam) continue;
    description.energy_kev = read_quantity(file, path, Quantity::energy_kev, description.notes);
    if (description.energy_kev) break;
  }
}

}  // namespace

Result<ScanLayout> read_nx_tomo(hid_t file, const std::string& file_name) {
  const auto paths = dataset_paths(file);
  auto stack = find_stack(file, file_name, paths);
  if (!stack) return stack.error();
  auto frames = open_stack(file, file_name, stack->stack_path);
  if (!frames) return frames.error();

  ScanLayout layout;
  auto& description = layout.description;
  description.format = ScanFormat::nx_tomo;
  layout.stacks.push_back(std::move(*frames));
  if (auto ok = describe_stacks(file_name, layout); !ok) return ok.error();
  if (auto ok = sort_frames(file_name, *stack, layout); !ok) return ok.error();
  auto angles = find_angles(file, file_name, paths, *stack, description.projections);
  if (!angles) return angles.error();
  if (angles->size() == stack->keys.size()) {
    for (std::uint32_t frame : layout.frames_of_kind[0])
      description.angles_rad.push_back((*angles)[frame]);
  } else {
    description.angles_rad = std::move(*angles);
  }
  description.geometry.angle_table_rad = description.angles_rad;
  read_instrument(file, paths, parent_of(stack->key_path), description);
  return layout;
}

}  // namespace slicecast::io
