#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "common/segmentation/contour_parts.h"

namespace slicecast::segmentation {
namespace {

struct Inside {
  double sum = 0;
  std::size_t count = 0;
};

Inside inside_of(const LevelSet& set, ImageView<const float> values, std::span<Inside> bands,
                 Workspace& workspace) {
  workspace.for_bands(set.rows(), kBandRows, [&](int first, int last) {
    Inside band;
    for (int r = first; r < last; ++r) {
      band.sum += kernels::sum_of_set(values.row(r).data(), set.row(r), set.words());
      for (int k = 0; k < set.words(); ++k)
        band.count += static_cast<std::size_t>(__builtin_popcountll(set.row(r)[k]));
    }
    bands[static_cast<std::size_t>(first / kBandRows)] = band;
  });
  Inside all;
  for (const auto& band : bands) all.sum += band.sum, all.count += band.count;
  return all;
}

// An empty side has mean 0, as if it held one pixel of no weight and no value.
float mean(double sum, std::size_t count) {
  return count == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(count));
}

void move(const LevelSet& set, const LevelSet& domain, ImageView<const float> values,
          const kernels::RegionForce& force, LevelSet& moved, Workspace& workspace) {
  workspace.for_bands(set.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      for (int k = 0; k < set.words(); ++k) {
        const Word here = set.row(r)[k];
        const Word contour = contour_of(neighbours_of(set, r, k)) & domain.row(r)[k];
        Word result = here;
        if (contour != 0) {
          const auto pull = kernels::region_pull(values.row(r).data() + kWordBits * k, force);
          result = (here | (contour & pull.in)) & ~(contour & pull.out);
        }
        moved.row(r)[k] = result;
      }
    }
  });
}

}  // namespace

Result<void> ChanVese::validate() const {
  if (auto ok = validate_evolution(iterations, smoothing); !ok) return ok;
  for (double weight : {inside_weight, outside_weight})
    if (!(weight >= 0 && weight <= 100))
      return Error{Errc::invalid_argument,
                   "a weight is " + std::to_string(weight) + "; give 0 to 100 for both sides"};
  return {};
}

Result<void> ChanVese::segment(const Field& field, const Labels& labels,
                               Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok;
  if (auto ok = segmentation::validate(field, labels); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  const LevelSet domain = domain_of(prepared, workspace);
  LevelSet set = starting_set(start, domain, workspace);
  LevelSet scratch(set.rows(), set.columns(), workspace);
  const auto values = in_words(prepared.image, set.words(), workspace);
  const auto bands = workspace.take<Inside>(static_cast<std::size_t>(bands_of(set.rows())));
  const double total = inside_of(domain, values, bands, workspace).sum;
  Smoother smoother(smoothing, first_smoothing);
  for (int step = 0; step < iterations; ++step) {
    const Inside inside = inside_of(set, values, bands, workspace);
    const kernels::RegionForce force{
        static_cast<float>(inside_weight), static_cast<float>(outside_weight),
        mean(inside.sum, inside.count), mean(total - inside.sum, prepared.count - inside.count)};
    move(set, domain, values, force, scratch, workspace);
    std::swap(set, scratch);
    smoother(domain, set, scratch, workspace);
  }
  write_labels(set, domain, labels, workspace);
  return {};
}

}  // namespace slicecast::segmentation
