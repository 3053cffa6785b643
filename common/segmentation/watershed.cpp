#include "common/segmentation/watershed.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "common/segmentation/gradient.h"
#include "common/segmentation/ordered_key.h"
#include "common/segmentation/slot_set.h"

namespace slicecast::segmentation {
namespace {

using Place = std::uint32_t;

struct Keyed {
  std::uint32_t key;
  Place pixel;
};

// By key, stable: least significant digit first, three digits of 11 bits.
std::span<Keyed> sorted(std::span<Keyed> items, std::span<Keyed> other) {
  constexpr int kBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  for (int shift = 0; shift < 32; shift += kBits) {
    std::array<std::uint32_t, kDigits> starts{};
    for (const auto& item : items) ++starts[item.key >> shift & (kDigits - 1)];
    std::uint32_t sum = 0;
    for (auto& start : starts) sum += std::exchange(start, sum);
    for (const auto& item : items) other[starts[item.key >> shift & (kDigits - 1)]++] = item;
    std::swap(items, other);
  }
  return items;
}

constexpr std::uint8_t kOutside = 255;  // in the padded labels: no pixel to flood

// The pixels still to be flooded from, lowest and then longest waiting first. Each has its place in
// the order of all; those of equal relief share a run of places, which are given out in order of
// arrival.
class Waiting {
 public:
  Waiting(std::span<const Keyed> order, std::size_t pixels, Workspace& workspace)
      : run_(workspace.take<Place>(pixels)),
        next_(workspace.take<Place>(order.size())),
        pixel_(workspace.take<Place>(order.size())),
        places_(std::max<std::size_t>(order.size(), 1), workspace) {
    Place start = 0;
    for (Place i = 0; i < order.size(); ++i) {
      if (order[i].key != order[start].key) start = i;
      run_[order[i].pixel] = start;
      next_[i] = i;
    }
  }
  bool empty() const { return places_.empty(); }
  void add(Place pixel) {
    const Place place = next_[run_[pixel]]++;
    pixel_[place] = pixel;
    places_.insert(place);
  }
  Place take() { return pixel_[places_.take_smallest()]; }

 private:
  std::span<Place> run_, next_, pixel_;
  SlotSet places_;
};

// Labels with one pixel of kOutside around them, so that every pixel has four neighbours.
struct Padded {
  std::span<std::uint8_t> labels;
  Place stride;
  std::array<Place, 4> neighbours(Place p) const { return {p - stride, p - 1, p + 1, p + stride}; }
};

Padded seeded(const Prepared& relief, const Markers& markers, Workspace& workspace) {
  const Place stride = static_cast<Place>(relief.image.columns + 2);
  const Padded padded{workspace.take<std::uint8_t>(std::size_t{stride} *
                                                   static_cast<std::size_t>(relief.image.rows + 2)),
                      stride};
  std::fill(padded.labels.begin(), padded.labels.end(), kOutside);
  for (int r = 0; r < relief.image.rows; ++r) {
    const auto values = relief.image.row(r);
    const auto seeds = markers.row(r);
    std::uint8_t* const row = padded.labels.data() + static_cast<Place>(r + 1) * stride + 1;
    for (std::size_t c = 0; c < values.size(); ++c)
      if (values[c] == values[c]) row[c] = seeds[c];
  }
  return padded;
}

// Every pixel that will ever wait: seeds inside of their region hand on nothing.
std::span<Keyed> to_flood(const Prepared& relief, const Padded& padded, std::span<Keyed> found) {
  std::size_t count = 0;
  for (int r = 0; r < relief.image.rows; ++r) {
    const auto values = relief.image.row(r);
    Place p = static_cast<Place>(r + 1) * padded.stride + 1;
    for (std::size_t c = 0; c < values.size(); ++c, ++p) {
      const std::uint8_t label = padded.labels[p];
      if (label == kOutside) continue;
      const auto around = padded.neighbours(p);
      if (label == 0 ||
          std::any_of(around.begin(), around.end(), [&](Place q) { return padded.labels[q] == 0; }))
        found[count++] = {ordered_key(values[c]), p};
    }
  }
  return found.first(count);
}

void flood_from_seeds(const Prepared& relief, Padded padded, Workspace& workspace) {
  const auto first = workspace.take<Keyed>(relief.count);
  const auto second = workspace.take<Keyed>(relief.count);
  const auto pixels = to_flood(relief, padded, first);
  const auto starting = workspace.take<Place>(pixels.size());
  std::size_t seeds = 0;
  for (const auto& pixel : pixels)
    if (padded.labels[pixel.pixel] != 0) starting[seeds++] = pixel.pixel;
  Waiting waiting(sorted(pixels, second.first(pixels.size())), padded.labels.size(), workspace);
  for (Place seed : starting.first(seeds)) waiting.add(seed);
  while (!waiting.empty()) {
    const Place pixel = waiting.take();
    for (Place neighbour : padded.neighbours(pixel)) {
      if (padded.labels[neighbour] != 0) continue;
      padded.labels[neighbour] = padded.labels[pixel];
      waiting.add(neighbour);
    }
  }
}

Result<void> refuse_highest_class(const Markers& markers) {
  for (int r = 0; r < markers.rows; ++r)
    for (std::uint8_t seed : markers.row(r))
      if (seed == kOutside)
        return Error{Errc::invalid_argument, "a marker is of class 255; give classes 1 to 254"};
  return {};
}

}  // namespace

Result<void> flood(const Field& relief, const Markers& markers, const Labels& labels,
                   Workspace& workspace) {
  if (auto ok = validate(relief, labels); !ok) return ok;
  if (auto ok = validate(relief, markers); !ok) return ok;
  if (auto ok = refuse_highest_class(markers); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(relief, workspace);
  const Padded padded = seeded(prepared, markers, workspace);
  flood_from_seeds(prepared, padded, workspace);
  for (int r = 0; r < labels.rows; ++r) {
    const std::uint8_t* const row =
        padded.labels.data() + static_cast<Place>(r + 1) * padded.stride + 1;
    std::transform(row, row + labels.columns, labels.row(r).begin(),
                   [](std::uint8_t label) { return label == kOutside ? std::uint8_t{0} : label; });
  }
  return {};
}

Result<void> Watershed::validate() const {
  if (!(sigma == 0 || (sigma >= 0.1 && sigma <= kLargestSigma)))
    return Error{Errc::invalid_argument,
                 "sigma is " + std::to_string(sigma) + "; give 0 or 0.1 to 32 pixels"};
  return markers.validate();
}

Result<void> Watershed::segment(const Field& field, const Labels& labels,
                                Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok;
  if (auto ok = segmentation::validate(field, labels); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  const auto relief = sobel_magnitude(prepared, sigma, workspace);
  const ImageView<std::uint8_t> seeds(
      workspace
          .take<std::uint8_t>(static_cast<std::size_t>(relief.rows) *
                              static_cast<std::size_t>(relief.columns))
          .data(),
      relief.rows, relief.columns);
  markers.mark(prepared, seeds, workspace);
  for (int r = 0; r < relief.rows; ++r) {
    const auto values = prepared.image.row(r);
    const auto heights = relief.row(r);
    for (std::size_t c = 0; c < values.size(); ++c)
      if (values[c] != values[c]) heights[c] = values[c];  // flooding stops where nothing is seen
  }
  return flood({relief}, seeds, labels, workspace);
}

}  // namespace slicecast::segmentation
