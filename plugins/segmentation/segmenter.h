// Labels and quantities of one slice, as a plan asks for them: everything of the plugin but its
// feeds.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"
#include "common/nn/graph/model.h"
#include "common/segmentation/quantities.h"
#include "plugins/segmentation/plan.h"

namespace slicecast::segment {

struct Slice {
  std::span<const float> pixels;  // [rows][columns]; 0 outside of the field of view
  int rows = 0, columns = 0;
  std::optional<geometry::Pose> pose;
  std::optional<geometry::FieldOfView> view;
  std::string value_unit;
};

struct Segmented {
  bool outside_trained_scale = false;
  std::string warning;                                    // one line; empty: none
  std::vector<segmentation::ClassQuantities> quantities;  // of class 1 on, hidden ones included
};

// Const and thread-safe: any number of slices at a time, each on `threads` threads.
class Segmenter {
 public:
  // Loads the network, unless `former` has it already, also from before it was disabled or a method
  // was chosen. Reading a file takes up to a second.
  static Result<std::shared_ptr<const Segmenter>> create(
      const Plan& plan, int threads, const std::shared_ptr<const Segmenter>& former);
  ~Segmenter();

  const Plan& plan() const { return plan_; }
  std::string method_name() const;              // for users: "otsu", "gel"
  std::vector<nn::ClassEntry> classes() const;  // of label 1 on, with colours
  double wished_pixel_mm() const;               // 0: whatever comes

  const nn::Model* loaded() const { return model_.get(); }  // also while another method runs

  // `labels` [rows][columns]: 0 where nothing is labelled (outside of the field of view or the
  // region, hidden classes). A slice that is refused (unit, region without a pose, channels) has
  // no labels and the reason as its warning. Not for a disabled plan.
  Result<Segmented> segment(const Slice& slice, std::span<std::uint8_t> labels) const;
  // As many slices as label maps, with the same answers: a network takes those of one size in one
  // call, which costs less than one after the other.
  Result<std::vector<Segmented>> segment(std::span<const Slice> slices,
                                         std::span<const std::span<std::uint8_t>> labels) const;

 private:
  class Workspaces;
  struct Piece;  // one slice on its way
  Segmenter(Plan plan, int threads);
  Result<void> mask_of(const Slice& slice, std::span<std::uint8_t> mask) const;
  Result<void> prepare(Piece& piece) const;
  void ask_network(std::span<Piece> pieces) const;
  Result<void> label(Piece& piece) const;
  Result<void> label_by_network(Piece& piece) const;

  Plan plan_;
  int threads_;
  std::string method_name_;
  std::shared_ptr<const nn::Model> model_;  // null: none was needed yet
  std::string model_path_;
  Place model_place_;
  bool by_network_ = false;
  std::unique_ptr<Workspaces> workspaces_;
};

}  // namespace slicecast::segment
