#include "cuda/backproject/backproject.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "cuda/backproject/launch.h"
#include "cuda/backproject/tables.h"
#include "cuda/device/leases.h"

namespace slicecast::cuda {
namespace {

using geometry::PointGrid;
using recon::Piece;
using recon::Term;
using recon::Urgency;

// Calls that run at once on the cards; others wait.
constexpr int kLanes = 8;
// Sums of one part of a batch, while those of the part before are fetched and added up.
constexpr std::size_t kPartPoints = std::size_t{1} << 22;

// One part of a batch on one card.
struct Slot {
  GrowingOnHost tables_here, sums_here;
  GrowingOnCard tables, sums;
  Event done;
  bool used = false;  // this part has terms on this card
};

struct CardLane {
  Stream urgent, normal;
  std::array<Slot, 2> slots;
};
using BatchLane = std::vector<CardLane>;  // one per card

Result<void> into(Result<Stream> made, Stream& to) {
  if (!made) return made.error();
  to = std::move(*made);
  return {};
}

Result<BatchLane> make_lane(const Cards& cards) {
  BatchLane lane(cards.stores.size());
  for (std::size_t i = 0; i < lane.size(); ++i) {
    Device& device = cards.stores[i]->device();
    if (auto made = into(device.make_stream(StreamPriority::urgent), lane[i].urgent); !made)
      return made.error();
    if (auto made = into(device.make_stream(StreamPriority::normal), lane[i].normal); !made)
      return made.error();
    for (Slot& slot : lane[i].slots) {
      auto event = device.make_event();
      if (!event) return event.error();
      slot.done = std::move(*event);
    }
  }
  return lane;
}

// A piece with where its first point's sum is; accumulate() has rows of any stride.
struct Target {
  float* first = nullptr;  // of plane 0, row 0
  std::ptrdiff_t row_stride = 0, plane_stride = 0;
};

class CardBackproject final : public recon::Backproject {
 public:
  explicit CardBackproject(std::shared_ptr<const Cards> cards)
      : cards_(std::move(cards)), lanes_(kLanes, [this] { return make_lane(*cards_); }) {}

  void accumulate(const PointGrid& grid, int plane, int row_begin, int row_end,
                  std::span<const Term> terms, ImageView<float> out) const override {
    const Piece piece{grid, plane, plane + 1, row_begin, row_end, terms, out.pixels, false};
    const Target target{out.pixels, out.stride, 0};  // `out` is one plane
    run({&piece, 1}, {&target, 1}, Urgency::demand);
  }

  void accumulate_batch(std::span<const Piece> pieces, Urgency urgency) const override {
    std::vector<Target> targets;
    targets.reserve(pieces.size());
    for (const Piece& piece : pieces)
      targets.push_back({piece.out, piece.grid.columns,
                         static_cast<std::ptrdiff_t>(piece.grid.rows) * piece.grid.columns});
    run(pieces, targets, urgency);
  }

  int tile_rows(const PointGrid& grid, std::size_t terms) const override {
    const double row = static_cast<double>(std::max(grid.columns, 1)) *
                       static_cast<double>(std::max<std::size_t>(terms, 1));
    const double rows = static_cast<double>(cards_->kernels.updates_per_launch) / row;
    // Whole tiles of the widest kernel.
    constexpr int kBand = 64;
    const int bands = static_cast<int>(std::min(rows, 1e6)) / kBand * kBand;
    return std::clamp(std::max(kBand, bands), 1, std::max(1, grid.rows));
  }
  int tile_planes(const PointGrid& grid, std::size_t terms) const override {
    const double plane = static_cast<double>(std::max(grid.columns, 1)) *
                         static_cast<double>(std::max(grid.rows, 1)) *
                         static_cast<double>(std::max<std::size_t>(terms, 1));
    const double planes = static_cast<double>(cards_->kernels.updates_per_launch) / plane;
    if (planes < 2) return 1;
    const int step = static_cast<int>(cards_->kernels.planes_per_thread);
    const int whole = static_cast<int>(std::min(planes, 1e5)) / step * step;
    return std::clamp(std::max(whole, step), 1, std::max(1, grid.planes));
  }
  std::size_t updates_per_call() const override {
    return static_cast<std::size_t>(cards_->kernels.updates_per_launch);
  }

 private:
  void run(std::span<const Piece> pieces, std::span<const Target> targets, Urgency urgency) const {
    if (!cards_->usable()) return;
    if (auto done = try_run(pieces, targets, urgency); !done) cards_->failed(done.error());
  }

  Result<void> try_run(std::span<const Piece> pieces, std::span<const Target> targets,
                       Urgency urgency) const {
    auto parts = cut(pieces, kPartPoints);
    if (parts.empty()) return {};
    auto lane = lanes_.take();
    if (!lane) return lane.error();
    const auto target_of = [&](const PieceOnCard& part) -> const Target& {
      return targets[static_cast<std::size_t>(part.piece - pieces.data())];
    };
    // Two groups of parts are on their way: one is computed while the other is fetched and added.
    const auto most_pieces = static_cast<std::size_t>(cards_->kernels.pieces_per_launch);
    std::span<PieceOnCard> before;
    Result<void> outcome;
    std::size_t at = 0;
    for (std::size_t turn = 0; at < parts.size() || !before.empty(); ++turn) {
      std::size_t points = 0, end = at;
      for (; end < parts.size() && end - at < most_pieces; ++end) {
        const std::size_t more = parts[end].points();
        if (end > at && points + more > kPartPoints) break;
        parts[end].offset = points;
        points += more;
      }
      const std::span<PieceOnCard> now(parts.data() + at, end - at);
      at = end;
      if (!now.empty()) {
        outcome = enqueue(**lane, turn % 2, now, points, urgency);
        if (!outcome) break;
      }
      if (!before.empty()) {
        outcome = finish(**lane, (turn + 1) % 2, before, target_of);
        if (!outcome) break;
      }
      before = now;
    }
    // What is still on its way must not outlive the images that the caller holds.
    if (!outcome)
      for (std::size_t i = 0; i < (*lane)->size(); ++i)
        for (const Stream* stream : {&(**lane)[i].urgent, &(**lane)[i].normal})
          (void)cards_->stores[i]->device().synchronize(*stream);
    return outcome;
  }

  // All cards' shares of some parts; nothing is waited for.
  Result<void> enqueue(BatchLane& lane, std::size_t which, std::span<const PieceOnCard> parts,
                       std::size_t points, Urgency urgency) const {
    for (std::size_t i = 0; i < lane.size(); ++i) {
      Slot& slot = lane[i].slots[which];
      slot.used = false;
      Device& device = cards_->stores[i]->device();
      const Stream& stream = urgency == Urgency::demand ? lane[i].urgent : lane[i].normal;
      if (auto got = slot.sums.reserve(device, points * sizeof(float)); !got) return got;
      const Choice choice{cards_->kernels, device.facts().multiprocessors,
                          device.facts().threads_per_multiprocessor, static_cast<int>(i)};
      const auto tables = make_tables(parts, choice, slot.sums.as<float>());
      if (tables.empty()) continue;
      slot.used = true;
      if (auto got = slot.sums_here.reserve(device, points * sizeof(float)); !got) return got;
      // One table that writes every sum needs no zeros.
      const bool adds = tables.size() > 1 || tables.front().pieces.size() < parts.size();
      if (adds) {
        auto done = device.fill_zero(stream, slot.sums.as<void>(), points * sizeof(float));
        if (!done) return done;
      }
      if (auto done = launch_all(device, stream, slot, tables, adds); !done) return done;
      auto done = device.download(stream, slot.sums_here.as<void>(), slot.sums.as<void>(),
                                  points * sizeof(float));
      if (!done) return done;
      if (auto recorded = device.record(slot.done, stream); !recorded) return recorded;
    }
    return {};
  }

  Result<void> launch_all(Device& device, const Stream& stream, Slot& slot,
                          const std::vector<LaunchTables>& tables, bool adds) const {
    constexpr std::size_t kAlignment = 64;
    const auto padded = [](std::size_t bytes) {
      return (bytes + kAlignment - 1) / kAlignment * kAlignment;
    };
    std::size_t bytes = 0;
    for (const LaunchTables& one : tables)
      bytes += padded(one.pieces.size() * sizeof(CardPiece)) +
               padded(one.terms.size() * sizeof(CardTerm));
    if (auto got = slot.tables.reserve(device, bytes); !got) return got;
    if (auto got = slot.tables_here.reserve(device, bytes); !got) return got;
    std::vector<TablesOnCard> places;
    std::size_t at = 0;
    const auto put = [&](const auto& values) {
      const std::size_t size = values.size() * sizeof(values.front());
      std::memcpy(slot.tables_here.as<std::byte>() + at, values.data(), size);
      const std::byte* const there = slot.tables.as<std::byte>() + at;
      at += padded(size);
      return there;
    };
    for (const LaunchTables& one : tables) {
      const auto* pieces = reinterpret_cast<const CardPiece*>(put(one.pieces));
      places.push_back({pieces, reinterpret_cast<const CardTerm*>(put(one.terms))});
    }
    if (auto sent =
            device.upload(stream, slot.tables.as<void>(), slot.tables_here.as<void>(), bytes);
        !sent)
      return sent;
    const LaunchLimits limits{static_cast<int>(cards_->kernels.terms_per_turn),
                              static_cast<std::size_t>(cards_->kernels.updates_per_launch)};
    for (std::size_t i = 0; i < tables.size(); ++i) {
      auto launched = launch_tables(device, stream, tables[i], places[i], limits, adds);
      if (!launched) return launched;
    }
    return {};
  }

  // Waits for the cards and adds what they summed, card after card.
  template <class TargetOf>
  Result<void> finish(BatchLane& lane, std::size_t which, std::span<const PieceOnCard> parts,
                      const TargetOf& target_of) const {
    bool first = true;
    for (std::size_t i = 0; i < lane.size(); ++i) {
      Slot& slot = lane[i].slots[which];
      if (!slot.used) continue;
      if (auto done = cards_->stores[i]->device().synchronize(slot.done); !done) return done;
      for (const PieceOnCard& part : parts)
        add_sums(part, slot.sums_here.as<const float>(), target_of(part),
                 part.piece->fresh && first);
      first = false;
    }
    if (first)
      for (const PieceOnCard& part : parts)
        if (part.piece->fresh) add_sums(part, nullptr, target_of(part), true);
    return {};
  }

  // `sums` null: zeros.
  static void add_sums(const PieceOnCard& part, const float* sums, const Target& target,
                       bool replace) {
    const auto columns = static_cast<std::size_t>(part.piece->grid.columns);
    const float* from = sums == nullptr ? nullptr : sums + part.offset;
    for (int p = part.plane_begin; p < part.plane_end; ++p) {
      for (int r = part.row_begin; r < part.row_end; ++r) {
        float* const to = target.first + p * target.plane_stride + r * target.row_stride;
        if (from == nullptr) {
          std::fill_n(to, columns, 0.0F);
          continue;
        }
        if (replace)
          std::memcpy(to, from, columns * sizeof(float));
        else
          for (std::size_t c = 0; c < columns; ++c) to[c] += from[c];
        from += columns;
      }
    }
  }

  const std::shared_ptr<const Cards> cards_;
  mutable Leases<BatchLane> lanes_;
};

}  // namespace

std::unique_ptr<recon::Backproject> make_card_backproject(std::shared_ptr<const Cards> cards) {
  return std::make_unique<CardBackproject>(std::move(cards));
}

}  // namespace slicecast::cuda
