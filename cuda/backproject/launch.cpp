#include "cuda/backproject/launch.h"

#include <algorithm>

#include "cuda/backproject/instances.h"

namespace slicecast::cuda {
namespace {

template <class Kernel>
Result<void> run(Device& device, const Stream& stream, const LaunchTables& tables,
                 const TablesOnCard& on_card, const LaunchLimits& limits, bool adds) {
  const BlockShape& shape = tables.shape;
  const unsigned threads = 1U << (shape.log_a + shape.log_b + shape.log_d);
  const int terms_per_turn =
      std::clamp(limits.terms_per_turn, 1, std::min(static_cast<int>(threads), tables.most_terms));
  Kernel kernel{};
  kernel.pieces = on_card.pieces;
  kernel.terms = on_card.terms;
  kernel.piece_count = static_cast<int>(tables.pieces.size());
  kernel.terms_per_turn = terms_per_turn;
  kernel.turn_count = (tables.most_terms + terms_per_turn - 1) / terms_per_turn;
  kernel.shape = shape;
  kernel.adds = adds;
  const std::size_t block_updates = static_cast<std::size_t>(threads) *
                                    static_cast<std::size_t>(tables.points_per_thread) *
                                    static_cast<std::size_t>(tables.most_terms);
  // Fewer blocks than this leave multiprocessors idle at the end of every launch.
  const std::size_t least = 8 * static_cast<std::size_t>(device.facts().multiprocessors);
  const auto blocks = static_cast<unsigned>(
      std::clamp<std::size_t>(limits.updates_per_launch / block_updates, least, 1U << 30));
  for (unsigned first = 0; first < tables.blocks; first += blocks) {
    kernel.first_block = first;
    const LaunchShape grid{
        .blocks_x = std::min(blocks, tables.blocks - first),
        .threads = threads,
        .shared_bytes = static_cast<std::size_t>(terms_per_turn) * sizeof(TermOnTile)};
    if (auto launched = device.launch(stream, grid, kernel); !launched) return launched;
  }
  return {};
}

}  // namespace

Result<void> launch_tables(Device& device, const Stream& stream, const LaunchTables& tables,
                           const TablesOnCard& on_card, const LaunchLimits& limits, bool adds) {
  const auto launch = [&]<class Kernel>() {
    return run<Kernel>(device, stream, tables, on_card, limits, adds);
  };
  const int points = tables.points_per_thread;
  switch (tables.reading) {
    case Reading::half_rows: return with_points<HalfRows>(points, launch);
    case Reading::single_rows: return with_points<SingleRows>(points, launch);
    case Reading::half_quads: return with_points<HalfQuads>(points, launch);
    case Reading::single_quads: return with_points<SingleQuads>(points, launch);
    case Reading::gather: return with_points<GatherSampler>(points, launch);
    case Reading::filtered: break;
  }
  return with_points<FilteredSampler>(points, launch);
}

}  // namespace slicecast::cuda
