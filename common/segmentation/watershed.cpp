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

// By key, stable: least significant digit first. Digits of 8 bits: the 256 places written to stay
// in the first cache.
std::span<Keyed> sorted(std::span<Keyed> items, std::span<Keyed> other) {
  constexpr std::size_t kDigits = 4, kValues = 256;
  std::array<std::array<std::uint32_t, kValues>, kDigits> starts{};
  for (const auto& item : items)
    for (std::size_t digit = 0; digit < kDigits; ++digit)
      ++starts[digit][item.key >> (8 * digit) & 255];
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    std::uint32_t sum = 0;
    for (auto& start : starts[digit]) sum += std::exchange(start, sum);
    for (const auto& item : items) other[starts[digit][item.key >> (8 * digit) & 255]++] = item;
    std::swap(items, other);
  }
  return items;
}

// A pixel is a label once it has one, before that its place in the order of all. One word for
// both, since a flood meets pixels in no order that a cache could guess.
using State = std::uint32_t;
constexpr State kLabelled = State{1} << 31;
constexpr State kTied = State{1} << 30;   // the place is the first of a run of equal relief
constexpr State kNotFlooded = kLabelled;  // label 0: nothing to flood
constexpr State kUnseeded = 0;            // before places are known

// With one pixel of kNotFlooded around the image, so that every pixel has four neighbours.
struct Pixels {
  std::span<State> states;
  Place stride;
  std::array<Place, 4> neighbours(Place p) const { return {p - stride, p - 1, p + 1, p + stride}; }
};

Pixels seeded(const Prepared& relief, const Markers& markers, Workspace& workspace) {
  const Place stride = static_cast<Place>(relief.image.columns + 2);
  const Pixels pixels{
      workspace.take<State>(std::size_t{stride} * static_cast<std::size_t>(relief.image.rows + 2)),
      stride};
  std::fill(pixels.states.begin(), pixels.states.end(), kNotFlooded);
  for (int r = 0; r < relief.image.rows; ++r) {
    const auto values = relief.image.row(r);
    const auto seeds = markers.row(r);
    State* const row = pixels.states.data() + static_cast<Place>(r + 1) * stride + 1;
    for (std::size_t c = 0; c < values.size(); ++c)
      if (values[c] == values[c]) row[c] = seeds[c] == 0 ? kUnseeded : kLabelled | seeds[c];
  }
  return pixels;
}

// Every pixel that will ever wait: seeds inside of their region hand on nothing.
std::span<Keyed> to_flood(const Prepared& relief, const Pixels& pixels, std::span<Keyed> found) {
  std::size_t count = 0;
  for (int r = 0; r < relief.image.rows; ++r) {
    const auto values = relief.image.row(r);
    Place p = static_cast<Place>(r + 1) * pixels.stride + 1;
    for (std::size_t c = 0; c < values.size(); ++c, ++p) {
      bool waits = pixels.states[p] == kUnseeded;
      for (Place q : pixels.neighbours(p)) waits |= pixels.states[q] == kUnseeded;
      // Written in any case and kept only where wanted: a branch would be a guess.
      found[count] = {ordered_key(values[c]), p};
      count += static_cast<std::size_t>(waits && pixels.states[p] != kNotFlooded);
    }
  }
  return found.first(count);
}

// The pixels to flood from, lowest and then longest waiting first. Those of equal relief share a
// run of places, which are given out in order of arrival.
class Waiting {
 public:
  // Gives every unseeded pixel its place.
  Waiting(std::span<const Keyed> order, const Pixels& pixels, Workspace& workspace)
      : pixel_(workspace.take<Place>(order.size())),
        arrived_(workspace.take<Place>(order.size())),
        places_(order.size(), workspace) {
    std::fill(arrived_.begin(), arrived_.end(), 0);
    Place start = 0;
    for (Place i = 0; i < order.size(); ++i) {
      const std::uint32_t key = order[i].key;
      if (key != order[start].key) start = i;
      const bool tied = start != i || (i + 1 < order.size() && order[i + 1].key == key);
      pixel_[i] = order[i].pixel;
      State& state = pixels.states[order[i].pixel];
      if ((state & kLabelled) == 0) state = tied ? start | kTied : i;
    }
  }
  bool empty() const { return places_.empty(); }
  // `place` is the state of the pixel before it was labelled.
  void add(Place pixel, State place) {
    if ((place & kTied) != 0) {
      place &= ~kTied;
      place += arrived_[place]++;
      pixel_[place] = pixel;
    }
    places_.insert(place);
  }
  Place take() { return pixel_[places_.take_smallest()]; }

 private:
  std::span<Place> pixel_, arrived_;
  SlotSet places_;
};

// Seeds wait from the start, of equals the first in the image first: as the order, being stable,
// has them already.
void add_seeds(std::span<const Keyed> order, const Pixels& pixels, Waiting& waiting) {
  Place start = 0;
  for (Place i = 0; i < order.size(); ++i) {
    if (order[i].key != order[start].key) start = i;
    if ((pixels.states[order[i].pixel] & kLabelled) != 0)
      waiting.add(order[i].pixel, start | kTied);
  }
}

void flood_from_seeds(const Prepared& relief, const Pixels& pixels, Workspace& workspace) {
  const std::size_t image_size =
      static_cast<std::size_t>(relief.image.rows) * static_cast<std::size_t>(relief.image.columns);
  // One more than there can be, since to_flood writes before it decides.
  const auto found = to_flood(relief, pixels, workspace.take<Keyed>(image_size + 1));
  if (found.empty()) return;
  const auto order = sorted(found, workspace.take<Keyed>(found.size()));
  Waiting waiting(order, pixels, workspace);
  add_seeds(order, pixels, waiting);
  while (!waiting.empty()) {
    const Place pixel = waiting.take();
    const State label = pixels.states[pixel];
    for (Place neighbour : pixels.neighbours(pixel)) {
      const State place = pixels.states[neighbour];
      if ((place & kLabelled) != 0) continue;
      pixels.states[neighbour] = label;
      waiting.add(neighbour, place);
    }
  }
}

}  // namespace

Result<void> flood(const Field& relief, const Markers& markers, const Labels& labels,
                   Workspace& workspace) {
  if (auto ok = validate(relief, labels); !ok) return ok;
  if (auto ok = validate(relief, markers); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(relief, workspace);
  const Pixels pixels = seeded(prepared, markers, workspace);
  flood_from_seeds(prepared, pixels, workspace);
  for (int r = 0; r < labels.rows; ++r) {
    const State* const row = pixels.states.data() + static_cast<Place>(r + 1) * pixels.stride + 1;
    std::transform(row, row + labels.columns, labels.row(r).begin(), [](State state) {
      return static_cast<std::uint8_t>((state & kLabelled) != 0 ? state & 255 : 0);
    });
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
