#include "plugins/segmentation/segment_node.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/wire/pose.h"
#include "plugins/segmentation/quantities_csv.h"
#include "plugins/segmentation/segmenter.h"

namespace slicecast::segment {
namespace {

constexpr std::uint32_t kAlmostBlack = 0x010101;

using plugin::Output;
using plugin::SliceView;

Slice slice_of(const SliceView& view) {
  Slice slice{view.pixels, view.rows, view.columns, {}, {}, view.value_unit()};
  if (const auto pose = view.pose()) slice.pose = wire::pose_of(*pose);
  slice.view = wire::field_of(view.field());
  return slice;
}

void add_table(const SliceView& view, const Segmented& result,
               const std::vector<nn::ClassEntry>& classes, Output& out) {
  auto& table = out.table(&view, "quantities");
  for (const auto& of : classes) table.add_row_names(of.name);
  const auto column = [&](const char* name, const char* unit, const auto& value_of) {
    auto& added = *table.add_columns();
    added.set_name(name);
    added.set_unit(unit);
    for (const auto& of : result.quantities) added.add_values(static_cast<double>(value_of(of)));
  };
  using Of = segmentation::ClassQuantities;
  column("area_fraction", "", [](const Of& of) { return of.area_fraction; });
  column("area", "mm^2", [](const Of& of) { return of.area_mm2; });
  column("objects", "", [](const Of& of) { return of.objects; });
  column("mean_size", "mm^2", [](const Of& of) { return of.mean_object_mm2; });
  column("mean_size_pixels", "pixels", [](const Of& of) { return of.mean_object_pixels; });
}

// As many as wait are computed together, with a thread for each; no more, for their results come
// together too.
constexpr int kMostSlices = 4;

class SegmentNode final : public plugin::Node {
 public:
  SegmentNode(std::shared_ptr<const Segmenter> segmenter, std::shared_ptr<QuantitiesCsv> csv)
      : segmenter_(std::move(segmenter)), csv_(std::move(csv)) {
    classes_.push_back(plugin::label_class(0, "not labelled", 0));
    std::uint32_t index = 1;
    for (const auto& of : segmenter_->classes())
      // On the wire 0 proposes no colour, so that viewers would choose one for a black class.
      classes_.push_back(
          plugin::label_class(index++, of.name, of.colour != 0 ? of.colour : kAlmostBlack));
  }
  const std::shared_ptr<const Segmenter>& segmenter() const { return segmenter_; }
  const std::shared_ptr<QuantitiesCsv>& csv() const { return csv_; }

  plugin::Wish wish() const override { return {.pixel_mm = segmenter_->wished_pixel_mm()}; }

  void process(std::span<const SliceView> slices, Output& out) const override {
    if (!segmenter_->plan().enabled) return;
    out.set_classes(classes_);
    std::vector<const SliceView*> views;
    std::vector<plugin::LabelsOut> images;
    std::vector<Slice> batch;
    std::vector<std::span<std::uint8_t>> maps;
    for (const auto& view : slices) {
      if (view.planes != 1 || view.pixels.empty()) continue;
      views.push_back(&view);
      batch.push_back(slice_of(view));
      maps.push_back(images.emplace_back(out.labels(view)).pixels);
    }
    const auto results = segmenter_->segment(batch, maps);
    if (!results) throw std::runtime_error(results.error().message);
    for (std::size_t k = 0; k < views.size(); ++k) {
      const SliceView& view = *views[k];
      const auto& labels = images[k];
      const auto* result = &(*results)[k];
      labels.header.set_unlabelled(0);
      labels.header.set_model(segmenter_->method_name());
      labels.header.set_outside_trained_scale(result->outside_trained_scale);
      labels.header.set_warning(result->warning);
      if (result->quantities.empty()) continue;
      add_table(view, *result, segmenter_->classes(), out);
      if (!csv_) continue;
      const auto written = csv_->add(view.stamp(), segmenter_->method_name(), segmenter_->classes(),
                                     result->quantities);
      if (!written) labels.header.set_warning(written.error().message);
    }
  }

 private:
  std::shared_ptr<const Segmenter> segmenter_;
  std::shared_ptr<QuantitiesCsv> csv_;  // null: none is asked for
  std::vector<v1::LabelClass> classes_;
};

Result<std::shared_ptr<QuantitiesCsv>> csv_of(const std::string& path, const SegmentNode* former) {
  if (path.empty()) return std::shared_ptr<QuantitiesCsv>();
  if (former != nullptr && former->csv() && former->csv()->path() == path) return former->csv();
  return QuantitiesCsv::open(path);
}

Result<std::shared_ptr<const plugin::Node>> make_node(
    const config::Settings& settings, const std::shared_ptr<const plugin::Node>& former) {
  const auto plan = plan_of(settings);
  if (!plan) return plan.error();
  const auto* node = dynamic_cast<const SegmentNode*>(former.get());
  auto segmenter =
      Segmenter::create(*plan, static_cast<int>(settings.integer("slice_threads")),
                        node != nullptr ? node->segmenter() : std::shared_ptr<const Segmenter>());
  if (!segmenter) return segmenter.error();
  auto csv = csv_of(settings.text("csv"), node);
  if (!csv) return csv.error();
  return std::shared_ptr<const plugin::Node>(
      std::make_shared<SegmentNode>(std::move(*segmenter), std::move(*csv)));
}

}  // namespace

plugin::Plugin segment_plugin() {
  plugin::Plugin segment{.name = "segment",
                         .doc =
                             "Segments every slice, by a classical method or a network, and "
                             "counts what it found."};
  segment.parameters = plan_options();
  segment.parameters.push_back(
      plugin::integer("slice_threads", 2, 1, 256, "", "Threads that share the work on one slice"));
  segment.parameters.push_back(plugin::text(
      "csv", "", "Also append the quantities of each slice to this file; empty: to none"));
  segment.outputs = {"labels", "table"};
  segment.batch = kMostSlices;
  // Results of a batch come out together: more slices per second, each of them later.
  segment.usual_batch = 1;
  segment.make = make_node;
  return segment;
}

}  // namespace slicecast::segment
