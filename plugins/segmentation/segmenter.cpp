#include "plugins/segmentation/segmenter.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <spdlog/spdlog.h>

#include "common/nn/card/card_network.h"
#include "common/nn/graph/executor.h"
#include "common/segmentation/region.h"
#include "plugins/segmentation/model_file.h"
#include "plugins/segmentation/trained_scale.h"

namespace slicecast::segment {
namespace {

using segmentation::Workspace;

double pixel_mm_of(const Slice& slice) {
  return slice.pose ? geometry::norm(slice.pose->axis1) / slice.columns : 0;
}

double pixel_area_mm2(const Slice& slice) {
  if (!slice.pose) return 1;
  const double area = geometry::norm(geometry::cross(slice.pose->axis1, slice.pose->axis2)) /
                      slice.columns / slice.rows;
  return area > 0 ? area : 1;
}

Result<Scores> scores_of(nn::OutputKind kind) {
  switch (kind) {
    case nn::OutputKind::logits: return Scores::logits;
    case nn::OutputKind::probabilities: return Scores::chances;
    case nn::OutputKind::log_probabilities: return Scores::log_chances;
    default: break;
  }
  return Error{Errc::unsupported, std::string("the network answers with ") + nn::to_string(kind) +
                                      " and not with classes; choose one that segments"};
}

}  // namespace

// One workspace per slice that is being segmented, kept for the next.
class Segmenter::Workspaces {
 public:
  explicit Workspaces(int threads) : threads_(threads) {}
  std::unique_ptr<Workspace> take() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Workspace>(threads_);
    auto workspace = std::move(idle_.back());
    idle_.pop_back();
    return workspace;
  }
  void give_back(std::unique_ptr<Workspace> workspace) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));  // as many as ever ran at a time
  }

 private:
  const int threads_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

struct Segmenter::Piece {
  const Slice* slice = nullptr;
  std::span<std::uint8_t> labels;
  std::vector<std::uint8_t> mask;
  std::optional<nn::Prediction> answer;
  std::optional<Error> refusal;
  Segmented result;
};

namespace {

// What a card would have taken over is told with the reason why it does not.
void tell_executor(const nn::Model& model, const Place& place) {
  std::string why = model.take_card_failure();
  if (why.empty() && place.backend != "cpu" && model.executor() == "onednn")
    why = nn::why_no_card();
  const auto level =
      why.empty() || place.backend == "auto" ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "the network runs on {}{}{}", model.executor(), why.empty() ? "" : ": ", why);
}

Result<std::shared_ptr<const nn::Model>> loaded_model(const std::string& path, const Place& place) {
  nn::ModelOptions options{place.backend == "cpu" ? "cpu" : "auto"};
  if (place.backend != "cpu") options.on_card = nn::networks_on_card(place.device);
  auto model = nn::Model::load(path, options);
  if (!model) return model.error();
  tell_executor(*model, place);
  return std::make_shared<const nn::Model>(std::move(*model));
}

}  // namespace

Segmenter::Segmenter(Plan plan, int threads)
    : plan_(std::move(plan)),
      threads_(threads),
      workspaces_(std::make_unique<Workspaces>(threads)) {}

Segmenter::~Segmenter() = default;

Result<std::shared_ptr<const Segmenter>> Segmenter::create(
    const Plan& plan, int threads, const std::shared_ptr<const Segmenter>& former) {
  std::shared_ptr<Segmenter> made(new Segmenter(plan, threads));
  made->method_name_ = plan.method_name;
  if (former) {
    made->model_ = former->model_;
    made->model_path_ = former->model_path_;
    made->model_place_ = former->model_place_;
  }
  made->by_network_ = plan.enabled && !plan.model.empty();
  if (made->by_network_) {
    const auto path = model_file(plan.model, shipped_models());
    if (!path) return path.error();
    if (!made->model_ || made->model_path_ != *path || made->model_place_ != plan.place) {
      auto loaded = loaded_model(*path, plan.place);
      if (!loaded) return loaded.error();
      made->model_ = std::move(*loaded);
      made->model_path_ = *path;
      made->model_place_ = plan.place;
    }
    const std::string& name = made->model_->card().name;
    made->method_name_ = name.empty() ? std::filesystem::path(plan.model).stem().string() : name;
    if (made->model_->output_kind() != nn::OutputKind::labels)
      if (const auto kind = scores_of(made->model_->output_kind()); !kind) return kind.error();
    if (made->model_->inputs() != 1)
      return Error{Errc::unsupported, plan.model + " reads " +
                                          std::to_string(made->model_->inputs()) +
                                          " images at once; choose a network of one"};
  }
  return std::shared_ptr<const Segmenter>(std::move(made));
}

std::string Segmenter::method_name() const {
  return method_name_;
}

std::vector<nn::ClassEntry> Segmenter::classes() const {
  std::vector<nn::ClassEntry> classes;
  std::size_t count = 0;
  if (by_network_) {
    classes = model_->card().classes;
    count = static_cast<std::size_t>(std::max(model_->outputs(), 2));
  } else if (plan_.method) {
    count = static_cast<std::size_t>(plan_.method->classes());
  }
  for (std::size_t k = classes.size(); k < count; ++k)
    classes.push_back({"class " + std::to_string(k + 1), nn::default_colour(k)});
  return classes;
}

double Segmenter::wished_pixel_mm() const {
  return by_network_ ? model_->card().pixel_size_mm.value_or(0) : 0;
}

Result<void> Segmenter::mask_of(const Slice& slice, std::span<std::uint8_t> mask) const {
  const ImageView<std::uint8_t> view(mask.data(), slice.rows, slice.columns);
  if (slice.pose && slice.view && slice.view->radius_mm > 0) {
    if (auto ok = segmentation::mask_of(*slice.view, *slice.pose, view); !ok) return ok.error();
  } else {
    std::ranges::transform(slice.pixels, mask.begin(),
                           [](float value) { return static_cast<std::uint8_t>(value != 0); });
  }
  if (!plan_.region) return {};
  if (!slice.pose)
    return Error{Errc::unsupported,
                 "the region of interest needs the pose of the slice; read slices themselves"};
  std::vector<std::uint8_t> inside(mask.size());
  const ImageView<std::uint8_t> region(inside.data(), slice.rows, slice.columns);
  if (auto ok = segmentation::mask_of(*plan_.region, *slice.pose, region); !ok) return ok.error();
  return segmentation::intersect(view, region);
}

// What scale, mask and network say before labels are drawn.
Result<void> Segmenter::prepare(Piece& piece) const {
  const Slice& slice = *piece.slice;
  if (by_network_) {
    const auto& card = model_->card();
    const auto scale =
        scale_of({card.pixel_size_mm, card.value_unit}, {pixel_mm_of(slice), slice.value_unit});
    if (!scale) return scale.error();
    piece.result.outside_trained_scale = *scale == Scale::outside;
  }
  piece.mask.resize(piece.labels.size());
  return mask_of(slice, piece.mask);
}

// Slices of one size in one call; a refusal is that of all of them.
void Segmenter::ask_network(std::span<Piece> pieces) const {
  const auto waits = [](const Piece& piece) { return !piece.refusal && !piece.answer; };
  for (const Piece& first : pieces) {
    if (!waits(first)) continue;
    const int rows = first.slice->rows, columns = first.slice->columns;
    std::vector<Piece*> alike;
    std::vector<std::span<const float>> images;
    for (Piece& piece : pieces) {
      if (!waits(piece) || piece.slice->rows != rows || piece.slice->columns != columns) continue;
      alike.push_back(&piece);
      images.push_back(piece.slice->pixels);
    }
    auto answers = model_->run_batch(images, rows, columns, threads_);
    if (const std::string why = model_->take_card_failure(); !why.empty())
      spdlog::warn("the network runs on {} from now on: {}", model_->executor(), why);
    for (std::size_t k = 0; k < alike.size(); ++k) {
      if (answers)
        alike[k]->answer = std::move((*answers)[k]);
      else
        alike[k]->refusal = answers.error();
    }
  }
}

Result<void> Segmenter::label_by_network(Piece& piece) const {
  auto& answer = *piece.answer;
  const auto& mask = piece.mask;
  const auto labels = piece.labels;
  if (answer.rows != piece.slice->rows || answer.columns != piece.slice->columns)
    return Error{Errc::unsupported,
                 "the network's answer has another size than the slice; choose "
                 "one that keeps it"};
  if (answer.kind == nn::OutputKind::labels) {
    const int classes = static_cast<int>(this->classes().size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const float value = answer.values[i];
      const bool known = mask[i] != 0 && value >= 0 && value < static_cast<float>(classes);
      labels[i] = known ? static_cast<std::uint8_t>(1 + static_cast<int>(value)) : 0;
    }
    return {};
  }
  const auto kind = scores_of(answer.kind);
  if (!kind) return kind.error();
  // The exponentials of a softmax take longer than a pruned network, and change no order.
  if (plan_.decision.threshold || answer.channels == 1)
    to_chances(*kind, answer.channels, answer.values);
  return decide(plan_.decision, answer.channels, answer.values, mask, labels);
}

Result<void> Segmenter::label(Piece& piece) const {
  const Slice& slice = *piece.slice;
  auto workspace = workspaces_->take();
  const segmentation::Labels view(piece.labels.data(), slice.rows, slice.columns);
  const auto done = by_network_
                        ? label_by_network(piece)
                        : plan_.method->segment({{slice.pixels.data(), slice.rows, slice.columns},
                                                 {piece.mask.data(), slice.rows, slice.columns}},
                                                view, *workspace);
  if (done) {
    segmentation::Quantify quantify;
    quantify.classes = static_cast<int>(classes().size());
    quantify.diagonal = plan_.diagonal;
    quantify.smallest_pixels = plan_.smallest_object_pixels;
    quantify.pixel_area_mm2 = pixel_area_mm2(slice);
    auto& quantities = piece.result.quantities;
    quantities.resize(static_cast<std::size_t>(quantify.classes));
    if (const auto counted = quantify.measure(view, quantities, *workspace); !counted)
      piece.result.warning = counted.error().message;
  }
  workspaces_->give_back(std::move(workspace));
  return done;
}

Result<Segmented> Segmenter::segment(const Slice& slice, std::span<std::uint8_t> labels) const {
  auto results = segment({&slice, 1}, {&labels, 1});
  if (!results) return results.error();
  return std::move(results->front());
}

Result<std::vector<Segmented>> Segmenter::segment(
    std::span<const Slice> slices, std::span<const std::span<std::uint8_t>> labels) const {
  if (slices.size() != labels.size() || (plan_.method == nullptr && !by_network_))
    return Error{Errc::invalid_argument,
                 "not as many label maps as slices, or no method is chosen"};
  std::vector<Piece> pieces(slices.size());
  for (std::size_t k = 0; k < slices.size(); ++k) {
    const Slice& slice = slices[k];
    const std::size_t pixels =
        static_cast<std::size_t>(slice.rows) * static_cast<std::size_t>(slice.columns);
    if (slice.rows < 1 || slice.columns < 1 || slice.pixels.size() != pixels ||
        labels[k].size() != pixels)
      return Error{Errc::invalid_argument,
                   "a slice and labels of two sizes; give one label per "
                   "pixel"};
    pieces[k].slice = &slice;
    pieces[k].labels = labels[k];
  }
  const auto note = [](Piece& piece, const Result<void>& done) {
    if (!done) piece.refusal = done.error();
  };
  for (Piece& piece : pieces) note(piece, prepare(piece));
  if (by_network_) ask_network(pieces);
  std::vector<Segmented> results;
  for (Piece& piece : pieces) {
    if (!piece.refusal) note(piece, label(piece));
    if (piece.refusal) {
      std::ranges::fill(piece.labels, std::uint8_t{0});
      piece.result.warning = piece.refusal->message;
    } else {
      hide(plan_.hidden, piece.labels);
    }
    results.push_back(std::move(piece.result));
  }
  return results;
}

}  // namespace slicecast::segment
