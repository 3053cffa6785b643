#include "common/nn/graph/model.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <utility>

#include "common/nn/graph/executor.h"
#include "common/nn/graph/msd_pattern.h"
#include "common/nn/graph/onnx_reader.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/sized_network.h"
#include "common/nn/msd/engine.h"

namespace slicecast::nn {

struct Model::State {
  Graph graph;
  ModelCard card;
  std::string executor;
  OutputKind kind = OutputKind::values;
  int inputs = 0, outputs = 0;
  std::optional<msd::Network> network;

  std::mutex mutex;  // guards what runs
  std::unique_ptr<msd::CardNetwork> on_card;
  std::string card_failure;
  std::optional<msd::Engine> engine;  // also beside a card, which may be lost
  msd::Workspace workspace;
  std::optional<SizedNetwork> sized;

  // Refused only to who insists on the card.
  Result<void> put_on_card(const ModelOptions& options) {
    const bool insists = options.executor == "msd_cuda";
    if (!options.on_card)
      return insists ? Error{Errc::unsupported,
                             "networks cannot be put on a card here; leave the executor to 'auto'"}
                     : Result<void>();
    auto made = options.on_card(*network);
    if (made)
      on_card = std::move(*made);
    else if (insists)
      return made.error();
    else
      card_failure = made.error().message;
    return {};
  }

  // Whether the card did all of it; if not, it is given up.
  template <class Run>
  bool by_card(std::size_t images, const Run& run) {
    for (std::size_t k = 0; on_card && k < images; ++k)
      if (auto ok = run(*on_card, k); !ok) {
        card_failure = ok.error().message;
        on_card.reset();
      }
    return on_card != nullptr;
  }
};

namespace {

// What the last operator makes of it, where the card does not say.
OutputKind kind_of(const Plan& plan) {
  if (plan.steps.empty()) return OutputKind::values;
  const Step& last = plan.steps.back();
  if (const auto* op = std::get_if<Softmax>(&last.operation))
    return op->logarithm ? OutputKind::log_probabilities : OutputKind::probabilities;
  if (std::holds_alternative<ArgMax>(last.operation)) return OutputKind::labels;
  Activation activation;
  if (const auto* op = std::get_if<Elementwise>(&last.operation)) activation = op->activation;
  if (const auto* op = std::get_if<Convolution>(&last.operation)) activation = op->activation;
  if (activation.kind == Activation::Kind::sigmoid) return OutputKind::probabilities;
  const Shape& shape = plan.output_shape();
  return shape.size() > 1 && shape[1] > 1 ? OutputKind::logits : OutputKind::values;
}

Result<void> check_card(const ModelCard& card, const Plan& plan, OutputKind kind) {
  const Shape& shape = plan.output_shape();
  const auto channels = static_cast<std::size_t>(shape.size() > 1 ? shape[1] : 1);
  const bool binary = channels == 1 && card.classes.size() == 2;
  if (!card.classes.empty() && kind != OutputKind::labels && card.classes.size() != channels &&
      !binary)
    return Error{Errc::invalid_argument, "the model names " + std::to_string(card.classes.size()) +
                                             " classes and has " + std::to_string(channels) +
                                             " channels; correct slicecast.classes"};
  return {};
}

}  // namespace

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

const ModelCard& Model::card() const {
  return state_->card;
}
const Graph& Model::graph() const {
  return state_->graph;
}
const msd::Network* Model::network() const {
  return state_->network ? &*state_->network : nullptr;
}
std::string Model::executor() const {
  const std::lock_guard lock(state_->mutex);
  return state_->on_card ? "msd_cuda" : state_->executor;
}
std::string Model::take_card_failure() const {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->card_failure, {});
}
OutputKind Model::output_kind() const {
  return state_->kind;
}
int Model::inputs() const {
  return state_->inputs;
}
int Model::outputs() const {
  return state_->outputs;
}

namespace {

Result<void> check_executor(const std::string& executor, bool is_msd, bool border_named) {
  if (executor.starts_with("msd") && !is_msd)
    return Error{Errc::unsupported, "this is no MS-D network; leave the executor to 'auto'"};
  if (border_named && !is_msd)
    return Error{Errc::invalid_argument,
                 "slicecast.border is given, but this is no MS-D network; remove the property"};
  if (border_named && executor != "auto" && executor != "cpu" && !executor.starts_with("msd"))
    return Error{Errc::unsupported,
                 "the border of this MS-D network is in its metadata, which "
                 "only the executor 'msd' follows"};
  return {};
}

}  // namespace

Result<Model> Model::load(std::span<const std::byte> bytes, const ModelOptions& options) {
  auto graph = read_onnx(bytes);
  if (!graph) return graph.error();
  return from_graph(std::move(*graph), options);
}

Result<Model> Model::from_graph(Graph graph, const ModelOptions& options) {
  auto state = std::make_unique<State>();
  auto card = read_card(graph.metadata);
  if (!card) return card.error();
  state->card = std::move(*card);
  if (auto ok = simplify(graph); !ok) return ok.error();
  state->graph = std::move(graph);
  const auto plan = trial_plan(state->graph);
  if (!plan) return plan.error();
  const Shape &in = plan->input_shape(), &out = plan->output_shape();
  state->inputs = in.size() == 4 ? static_cast<int>(in[1]) : 0;
  state->outputs = out.size() == 4 || out.size() == 2 ? static_cast<int>(out[1]) : 1;
  state->kind = state->card.output.value_or(kind_of(*plan));
  if (auto ok = check_card(state->card, *plan, state->kind); !ok) return ok.error();

  if (const Shape shape = msd_trial_shape(state->graph); shape.size() == 4 && shape[1] > 0)
    if (const auto followed = specialize(state->graph, shape))
      state->network = find_msd(*followed, state->card.border);
  const bool is_msd = state->network.has_value();
  if (auto ok = check_executor(options.executor, is_msd, state->card.border.has_value()); !ok)
    return ok.error();
  const bool by_card = options.executor == "auto" || options.executor == "msd_cuda";
  if (is_msd && (by_card || options.executor == "cpu" || options.executor == "msd")) {
    auto engine = msd::Engine::create(*state->network);
    if (!engine) return engine.error();
    state->engine.emplace(std::move(*engine));
    state->executor = "msd";
    if (auto ok = by_card ? state->put_on_card(options) : Result<void>(); !ok) return ok.error();
  } else {
    const auto backend =
        find_network_backend(options.executor == "cpu" ? "onednn" : options.executor);
    if (!backend) return backend.error();
    state->sized.emplace(state->graph, **backend);
    state->executor = (*backend)->name();
  }
  return Model(std::move(state));
}

Result<Model> Model::load(const std::filesystem::path& path, const ModelOptions& options) {
  const auto bytes = read_model_file(path);
  if (!bytes) return bytes.error();
  auto model = load(*bytes, options);
  if (!model) return Error{model.error().code, path.string() + ": " + model.error().message};
  return model;
}

namespace {

using Channels = std::vector<ImageView<const float>>;

std::size_t pixels_of(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

Channels channels_of(Model::Images images, int rows, int columns) {
  Channels all;
  for (const auto& image : images)
    for (std::size_t first = 0; first < image.size(); first += pixels_of(rows, columns))
      all.emplace_back(image.data() + first, rows, columns);
  return all;
}

// Runs an engine on as many threads as asked; its results do not depend on how many.
template <class Run>
Result<void> with_threads(int threads, const Run& run) {
  tbb::task_arena arena(std::max(1, threads));
  return arena.execute(run);
}

constexpr int kMostRows = 32768;

Result<void> check_images(Model::Images images, int rows, int columns, int inputs) {
  if (inputs == 0)
    return Error{Errc::unsupported, "the model's input is no image; it needs four dimensions"};
  if (images.empty())
    return Error{Errc::invalid_argument, "a batch of no images; give at least one"};
  for (const auto& image : images)
    if (rows < 1 || columns < 1 || rows > kMostRows || columns > kMostRows ||
        image.size() != static_cast<std::size_t>(inputs) * pixels_of(rows, columns))
      return Error{Errc::invalid_argument, "the image has " + std::to_string(image.size()) +
                                               " pixels instead of " + std::to_string(inputs) +
                                               " x " + std::to_string(rows) + " x " +
                                               std::to_string(columns)};
  return {};
}

// The images as the network wants them: themselves, or copies of its own.
class ScaledImages {
 public:
  ScaledImages(Model::Images images, const ModelCard& card) : images_(images) {
    if (card.input_scale == 1 && card.input_shift == 0) return;
    const auto scale = static_cast<float>(card.input_scale);
    const auto shift = static_cast<float>(card.input_shift);
    for (const auto& image : images) {
      auto& copy = copies_.emplace_back(image.size());
      std::ranges::transform(image, copy.begin(),
                             [&](float value) { return value * scale + shift; });
    }
    views_.assign(copies_.begin(), copies_.end());
    images_ = views_;
  }
  ScaledImages(const ScaledImages&) = delete;
  ScaledImages& operator=(const ScaledImages&) = delete;
  Model::Images images() const { return images_; }

 private:
  std::vector<std::vector<float>> copies_;
  std::vector<std::span<const float>> views_;
  Model::Images images_;
};

Prediction to_prediction(OutputKind kind, Tensor tensor) {
  Prediction out{kind, 1, 1, 1, {}};
  const Shape& shape = tensor.shape;
  if (shape.size() == 4 || shape.size() == 2) out.channels = static_cast<int>(shape[1]);
  if (shape.size() >= 3) {
    out.rows = static_cast<int>(shape[shape.size() - 2]);
    out.columns = static_cast<int>(shape[shape.size() - 1]);
  }
  out.values = std::move(std::get<0>(tensor.values));
  return out;
}

}  // namespace

Result<Prediction> Model::run(std::span<const float> image, int rows, int columns,
                              int threads) const {
  auto predictions = run_batch({&image, 1}, rows, columns, threads);
  if (!predictions) return predictions.error();
  return std::move(predictions->front());
}

Result<std::vector<Prediction>> Model::run_batch(Images images, int rows, int columns,
                                                 int threads) const {
  State& state = *state_;
  if (auto ok = check_images(images, rows, columns, state.inputs); !ok) return ok.error();
  std::vector<Prediction> predictions;
  if (state.engine && state.network->output == msd::Output::arg_max) {
    const auto labels = engine_labels(images, rows, columns, threads);
    if (!labels) return labels.error();
    for (const auto& of : *labels)
      predictions.push_back({OutputKind::labels, 1, rows, columns, {of.begin(), of.end()}});
    return predictions;
  }
  const ScaledImages input(images, state.card);
  const std::lock_guard lock(state.mutex);
  if (!state.engine) {
    // A batch of another length would be compiled anew, and may be rounded otherwise.
    for (const auto& image : input.images()) {
      auto output = state.sized->run_image(image, rows, columns, std::max(1, threads));
      if (!output) return output.error();
      predictions.push_back(to_prediction(state.kind, std::move(*output)));
    }
    return predictions;
  }
  const std::size_t pixels = pixels_of(rows, columns);
  const auto channels = static_cast<std::size_t>(state.network->outputs);
  std::vector<ImageView<float>> outputs;
  predictions.resize(images.size());
  for (Prediction& of : predictions) {
    of = {state.kind, state.network->outputs, rows, columns, std::vector<float>(channels * pixels)};
    for (std::size_t k = 0; k < channels; ++k)
      outputs.emplace_back(of.values.data() + k * pixels, rows, columns);
  }
  const Channels views = channels_of(input.images(), rows, columns);
  const auto inputs = static_cast<std::size_t>(state.inputs);
  if (state.by_card(images.size(), [&](msd::CardNetwork& network, std::size_t k) {
        return network.run(std::span(views).subspan(k * inputs, inputs), predictions[k].values);
      }))
    return predictions;
  const auto ok =
      with_threads(threads, [&] { return state.engine->run(views, state.workspace, outputs); });
  if (!ok) return ok.error();
  return predictions;
}

Result<std::vector<std::vector<std::uint8_t>>> Model::engine_labels(Images images, int rows,
                                                                    int columns,
                                                                    int threads) const {
  State& state = *state_;
  const ScaledImages input(images, state.card);
  const Channels views = channels_of(input.images(), rows, columns);
  std::vector<std::vector<std::uint8_t>> labels(images.size());
  std::vector<ImageView<std::uint8_t>> outputs;
  for (auto& of : labels) {
    of.resize(pixels_of(rows, columns));
    outputs.emplace_back(of.data(), rows, columns);
  }
  const std::lock_guard lock(state.mutex);
  const auto inputs = static_cast<std::size_t>(state.inputs);
  if (state.by_card(images.size(), [&](msd::CardNetwork& network, std::size_t k) {
        return network.run_labels(std::span(views).subspan(k * inputs, inputs), labels[k]);
      }))
    return labels;
  const auto ok = with_threads(
      threads, [&] { return state.engine->run_labels(views, state.workspace, outputs); });
  if (!ok) return ok.error();
  return labels;
}

namespace {

std::vector<std::uint8_t> labels_of(const Prediction& prediction, OutputKind kind) {
  const std::size_t pixels = pixels_of(prediction.rows, prediction.columns);
  std::vector<std::uint8_t> labels(pixels);
  const auto& values = prediction.values;
  for (std::size_t p = 0; p < pixels; ++p) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < static_cast<std::size_t>(prediction.channels); ++k)
      if (values[k * pixels + p] > values[best * pixels + p]) best = k;
    labels[p] = static_cast<std::uint8_t>(std::min<std::size_t>(best, 255));
    if (prediction.channels > 1) continue;
    float half = 0.5F;
    if (kind == OutputKind::logits) half = 0;
    if (kind == OutputKind::log_probabilities) half = std::log(0.5F);
    labels[p] = kind == OutputKind::labels
                    ? static_cast<std::uint8_t>(std::clamp(values[p], 0.0F, 255.0F))
                    : (values[p] >= half ? 1 : 0);
  }
  return labels;
}

}  // namespace

Result<std::vector<std::uint8_t>> Model::run_labels(std::span<const float> image, int rows,
                                                    int columns, int threads) const {
  auto labels = run_labels_batch({&image, 1}, rows, columns, threads);
  if (!labels) return labels.error();
  return std::move(labels->front());
}

Result<std::vector<std::vector<std::uint8_t>>> Model::run_labels_batch(Images images, int rows,
                                                                       int columns,
                                                                       int threads) const {
  const State& state = *state_;
  if (state.kind == OutputKind::values)
    return Error{Errc::unsupported,
                 "the model computes values, not classes; say slicecast.output if it does"};
  if (auto ok = check_images(images, rows, columns, state.inputs); !ok) return ok.error();
  if (state.engine && state.network->outputs > 1)
    return engine_labels(images, rows, columns, threads);
  const auto predictions = run_batch(images, rows, columns, threads);
  if (!predictions) return predictions.error();
  std::vector<std::vector<std::uint8_t>> labels;
  for (const Prediction& of : *predictions) {
    if (of.rows != rows || of.columns != columns)
      return Error{Errc::unsupported, "the model's answer is not as large as the image"};
    labels.push_back(labels_of(of, state.kind));
  }
  return labels;
}

Result<Tensor> Model::run_tensor(const Tensor& input, int threads) const {
  const Shape& shape = input.shape;
  if (input.integral() || element_count(shape) != static_cast<std::int64_t>(input.size()))
    return Error{Errc::invalid_argument, "the input must hold floats"};
  if (state_->sized) {
    const std::lock_guard lock(state_->mutex);
    return state_->sized->run_exactly(input, std::max(1, threads));
  }
  if (shape.size() != 4 || shape[0] != 1 || std::max(shape[2], shape[3]) > kMostRows)
    return Error{Errc::invalid_argument, "the input must have four dimensions, with batch 1"};
  auto out = run(input.floats(), static_cast<int>(shape[2]), static_cast<int>(shape[3]), threads);
  if (!out) return out.error();
  return Tensor{{1, out->channels, out->rows, out->columns}, std::move(out->values)};
}

}  // namespace slicecast::nn
