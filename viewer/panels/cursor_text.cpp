#include "viewer/panels/cursor_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "viewer/link/frames.h"
#include "viewer/model/linked_cursor.h"
#include "viewer/model/value_overlay.h"

namespace slicecast::viewer {
namespace {

struct Words {
  std::string pixel, voxel, point, value, label, overlay;  // empty: nothing to say
};

LabelPixels labels_of(const SlicePicture& picture) {
  const OverlayImagePtr overlay = picture.overlay();
  return overlay && overlay->header.has_labels() ? label_pixels(*overlay) : LabelPixels{};
}

std::string label_text(const Session& session, const SlicePicture& picture, std::uint32_t label) {
  const auto producer = session.producers.find(picture.wanted.producer);
  if (producer == session.producers.end()) return {};
  const ClassStyle* known = producer->second.style.find(label);
  if (known == nullptr) return {};
  return known->name.empty() ? fmt::format("class {}", label) : known->name;
}

// The number that an overlay of values has there, with what it is; empty for labels.
std::string value_text(const Session& session, const SlicePicture& picture, double along_columns,
                       double along_rows) {
  const OverlayImagePtr overlay = picture.overlay();
  if (!overlay) return {};
  const auto producer = session.producers.find(picture.wanted.producer);
  if (producer == session.producers.end() || !producer->second.values) return {};
  const std::string& quantity = producer->second.quantity;
  const auto value = value_at(*overlay, along_columns, along_rows);
  return fmt::format("{} {}", quantity.empty() ? producer->first : quantity,
                     value ? fmt::format("{:.4g} {}", *value, producer->second.unit) : "none");
}

// With the size of a voxel: it is of the volume, while pixels are of the slice.
std::string voxel_text(const Session& session, Vec3 point) {
  const auto field = session.field();
  if (!field) return {};
  const VoxelGrid grid = volume_grid_of(*field);
  const auto voxel = voxel_at(grid, point);
  return voxel ? fmt::format("voxel {} {} {} of {:.3g} {}", (*voxel)[0], (*voxel)[1], (*voxel)[2],
                             grid.voxel_mm, session.length_unit())
               : std::string();
}

// What both kept images say at the same place of the picture while they are compared, also where
// they were made at other poses.
std::string compared_text(const Session& session, const SceneSlice& slice, double along_columns,
                          double along_rows) {
  std::string text;
  for (const auto& [letter, choice] :
       {std::pair{"A", SliceHistory::Choice::a}, {"B", SliceHistory::Choice::b}}) {
    const SliceVersionPtr version = session.history.chosen(choice, slice.id);
    if (!version) continue;
    const auto& image = pixels_of(*version).image;
    const int row = static_cast<int>(along_rows * image.rows);
    const int column = static_cast<int>(along_columns * image.columns);
    if (row < 0 || row >= image.rows || column < 0 || column >= image.columns) continue;
    text += fmt::format("{} {:.4g}  ", letter, image(row, column));
  }
  return text.empty() ? text : text + session.value_unit(slice.id);
}

std::vector<SliceVersionPtr> pictures_of(const Session& session, const SceneSlice& slice,
                                         const SlicePicture& picture) {
  if (session.comparison.side_by_side) {
    auto a = session.history.chosen(SliceHistory::Choice::a, slice.id),
         b = session.history.chosen(SliceHistory::Choice::b, slice.id);
    if (a && b) return {std::move(a), std::move(b)};
  }
  return {picture.image.shown()};
}

// Of the first picture that the cursor's point lies in.
Words words_of(const Session& session, const SceneSlice& slice, const SlicePicture& picture) {
  if (!session.cursor) return {};
  const Vec3& p = *session.cursor;
  const auto pictures = pictures_of(session, slice, picture);
  const bool compared = pictures.size() > 1;
  for (const SliceVersionPtr& shown : pictures) {
    const CursorSlice under{slice.id, slice.name, pixels_of(*shown),
                            compared ? LabelPixels{} : labels_of(picture)};
    const auto readings = readings_at(p, {&under, 1});
    if (readings.empty()) continue;
    const CursorReading& reading = readings.front();
    const double along_columns = (reading.pixel.column + 0.5) / under.pixels.image.columns,
                 along_rows = (reading.pixel.row + 0.5) / under.pixels.image.rows;
    Words words;
    words.pixel = fmt::format("row {} column {}", reading.row, reading.column);
    words.voxel = voxel_text(session, p);
    words.point =
        fmt::format("x {:.3f} y {:.3f} z {:.3f} {}", p.x, p.y, p.z, session.length_unit());
    if (!reading.in_field)
      words.value = "outside of the field of view";
    else if (compared)
      words.value = compared_text(session, slice, along_columns, along_rows);
    else if (reading.value)
      words.value = fmt::format("{:.4g} {}", *reading.value, session.value_unit(slice.id));
    if (compared) return words;
    if (reading.label) words.label = label_text(session, picture, *reading.label);
    words.overlay = value_text(session, picture, along_columns, along_rows);
    return words;
  }
  return {};
}

}  // namespace

std::vector<std::string> cursor_lines(const PanelContext& context, const SceneSlice& slice,
                                      const SlicePicture& picture) {
  Words words = words_of(context.session, slice, picture);
  std::vector<std::string> lines{std::move(words.pixel), std::move(words.voxel),
                                 std::move(words.point), std::move(words.value),
                                 std::move(words.label), std::move(words.overlay)};
  std::erase(lines, "");
  return lines;
}

std::string cursor_line(const PanelContext& context, float width) {
  const Session& session = context.session;
  const SceneSlice* slice = session.slices.find(session.pointed);
  const SlicePicture* picture = context.pictures.find(session.pointed);
  if (slice == nullptr || picture == nullptr || !picture->image.shown()) return {};
  Words words = words_of(session, *slice, *picture);
  std::string line;
  for (const std::string* part :
       {&words.value, &words.label, &words.overlay, &words.voxel, &words.point}) {
    if (part->empty()) continue;
    const std::string longer = (line.empty() ? slice->name + ":" : line) + "  " + *part;
    if (ImGui::CalcTextSize(longer.c_str()).x > width) break;
    line = longer;
  }
  return line;
}

}  // namespace slicecast::viewer
