// The table of all methods and their parameters.
#include <cstdint>
#include <utility>
#include <vector>

#include "common/config/make_option.h"
#include "common/segmentation/class_order.h"
#include "common/segmentation/contour.h"
#include "common/segmentation/method.h"
#include "common/segmentation/random_walker.h"
#include "common/segmentation/threshold.h"
#include "common/segmentation/watershed.h"

namespace slicecast::segmentation {
namespace {

using config::choice;
using config::real;
using config::Settings;
using config::whole;
using Made = Result<std::unique_ptr<const Method>>;

template <class Descriptor>
class ByThresholds final : public Method {
 public:
  ByThresholds(Descriptor descriptor, int classes) : descriptor_(descriptor), classes_(classes) {}
  int classes() const override { return classes_; }
  Result<void> segment(const Field& field, const Labels& labels,
                       Workspace& workspace) const override {
    const auto thresholds = descriptor_.thresholds(field, workspace);
    if (!thresholds) return thresholds.error();
    return apply(*thresholds, field, labels, workspace);
  }

 private:
  Descriptor descriptor_;
  int classes_;
};

// Two classes that are of no known order before they are measured.
template <class Descriptor>
class ByContour final : public Method {
 public:
  explicit ByContour(Descriptor descriptor) : descriptor_(descriptor) {}
  int classes() const override { return 2; }
  Result<void> segment(const Field& field, const Labels& labels,
                       Workspace& workspace) const override {
    if (auto ok = descriptor_.segment(field, labels, workspace); !ok) return ok;
    order_two_classes(field, labels);
    return {};
  }

 private:
  Descriptor descriptor_;
};

template <class Descriptor>
class FromSeeds final : public Method {
 public:
  explicit FromSeeds(Descriptor descriptor) : descriptor_(descriptor) {}
  int classes() const override { return 2; }
  Result<void> segment(const Field& field, const Labels& labels,
                       Workspace& workspace) const override {
    return descriptor_.segment(field, labels, workspace);
  }

 private:
  Descriptor descriptor_;
};

template <class Kind, class Descriptor, class... Rest>
Made made(const Descriptor& descriptor, Rest... rest) {
  if (auto ok = descriptor.validate(); !ok) return ok.error();
  return Made(std::unique_ptr<const Method>(new Kind(descriptor, rest...)));
}

int integer(const Settings& settings, const char* name) {
  return static_cast<int>(settings.integer(name));
}

MethodEntry otsu() {
  return {"otsu",
          "threshold of greatest variance between two classes",
          {whole("otsu_bins", 256, "bins", 2, 4096, "Bins of the histogram")},
          [](const Settings& s) -> Made {
            return made<ByThresholds<Otsu>>(Otsu{2, integer(s, "otsu_bins")}, 2);
          }};
}

MethodEntry multi_otsu() {
  return {"multi_otsu",
          "the same for more classes",
          {whole("multi_otsu_classes", 3, "classes", 2, 8, "Classes, from dark to bright"),
           whole("multi_otsu_bins", 256, "bins", 8, 4096, "Bins of the histogram")},
          [](const Settings& s) -> Made {
            const Otsu descriptor{integer(s, "multi_otsu_classes"), integer(s, "multi_otsu_bins")};
            return made<ByThresholds<Otsu>>(descriptor, descriptor.classes);
          }};
}

MethodEntry cross_entropy() {
  return {"cross_entropy",
          "threshold of least cross entropy (Li and Tam)",
          {real("cross_entropy_tolerance", 1e-6, "of the range", 0, 0.1,
                "Change of the threshold at which its iteration ends")},
          [](const Settings& s) -> Made {
            return made<ByThresholds<CrossEntropy>>(CrossEntropy{s.real("cross_entropy_tolerance")},
                                                    2);
          }};
}

StartingContour start_of(const Settings& settings, const char* name) {
  return settings.text(name) == "disk" ? StartingContour::disk : StartingContour::checkerboard;
}

MethodEntry chan_vese() {
  return {
      "chan_vese",
      "contour between regions of two mean values, smoothed",
      {whole("chan_vese_iterations", 35, "steps", 0, 1000, "Steps of the contour"),
       whole("chan_vese_smoothing", 1, "steps", 0, 10, "Smoothing of the contour per step"),
       real("chan_vese_inside_weight", 1, "", 0, 100, "Weight of deviations from the mean inside"),
       real("chan_vese_outside_weight", 1, "", 0, 100,
            "Weight of deviations from the mean outside"),
       choice("chan_vese_start", "checkerboard", {"checkerboard", "disk"},
              "Contour to start from")},
      [](const Settings& s) -> Made {
        ChanVese contour;
        contour.iterations = integer(s, "chan_vese_iterations");
        contour.smoothing = integer(s, "chan_vese_smoothing");
        contour.inside_weight = s.real("chan_vese_inside_weight");
        contour.outside_weight = s.real("chan_vese_outside_weight");
        contour.start = start_of(s, "chan_vese_start");
        return made<ByContour<ChanVese>>(contour);
      }};
}

MethodEntry geodesic_contour() {
  return {
      "geodesic_contour",
      "contour that stops at steep gradients",
      {whole("geodesic_contour_iterations", 35, "steps", 0, 1000, "Steps of the contour"),
       whole("geodesic_contour_smoothing", 1, "steps", 0, 10, "Smoothing of the contour per step"),
       real("geodesic_contour_sigma", 5, "pixels", 0.1, 32, "Smoothing before the gradient"),
       real("geodesic_contour_alpha", 100, "", 0, 1e6, "Sensitivity to gradients"),
       real("geodesic_contour_balloon", -1, "", -10, 10,
            "Grows the contour where there is no gradient (over 0) or shrinks it"),
       real("geodesic_contour_border_percentile", 40, "%", 0, 100,
            "Share of the pixels, of steepest gradient, that the balloon leaves alone"),
       choice("geodesic_contour_start", "disk", {"checkerboard", "disk"}, "Contour to start from")},
      [](const Settings& s) -> Made {
        GeodesicContour contour;
        contour.iterations = integer(s, "geodesic_contour_iterations");
        contour.smoothing = integer(s, "geodesic_contour_smoothing");
        contour.sigma = s.real("geodesic_contour_sigma");
        contour.alpha = s.real("geodesic_contour_alpha");
        contour.balloon = s.real("geodesic_contour_balloon");
        contour.border_percentile = s.real("geodesic_contour_border_percentile");
        contour.start = start_of(s, "geodesic_contour_start");
        return made<ByContour<GeodesicContour>>(contour);
      }};
}

constexpr const char* kLowDoc = "Darker pixels are seeds of class 1";
constexpr const char* kHighDoc = "Brighter pixels are seeds of class 2";

MethodEntry random_walker() {
  return {"random_walker",
          "chances of walkers from dark and bright seeds",
          {real("random_walker_beta", 130, "", 0, 1e6, "How hard gradients are to cross"),
           real("random_walker_low_percentile", 30, "%", 0, 100, kLowDoc),
           real("random_walker_high_percentile", 90, "%", 0, 100, kHighDoc),
           real("random_walker_tolerance", 1e-4, "", 1e-6, 0.1,
                "Residual of the linear system at which its iteration ends")},
          [](const Settings& s) -> Made {
            return made<FromSeeds<RandomWalker>>(RandomWalker{
                s.real("random_walker_beta"),
                s.real("random_walker_tolerance"),
                {s.real("random_walker_low_percentile"), s.real("random_walker_high_percentile")}});
          }};
}

MethodEntry watershed() {
  return {"watershed",
          "flooding of the gradient from dark and bright seeds",
          {real("watershed_sigma", 1, "pixels", 0.1, 32, "Smoothing before the gradient"),
           real("watershed_low_percentile", 30, "%", 0, 100, kLowDoc),
           real("watershed_high_percentile", 90, "%", 0, 100, kHighDoc)},
          [](const Settings& s) -> Made {
            return made<FromSeeds<Watershed>>(Watershed{
                s.real("watershed_sigma"),
                {s.real("watershed_low_percentile"), s.real("watershed_high_percentile")}});
          }};
}

}  // namespace

std::span<const MethodEntry> methods() {
  static const std::vector<MethodEntry> all = [] {
    std::vector<MethodEntry> entries{otsu(),      multi_otsu(),       cross_entropy(),
                                     chan_vese(), geodesic_contour(), random_walker(),
                                     watershed()};
    for (auto& entry : entries)
      for (auto& option : entry.options) option.live = true;
    return entries;
  }();
  return all;
}

}  // namespace slicecast::segmentation
