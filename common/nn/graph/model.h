// A network from a file, ready for images of any size: the one entry for whoever segments or
// denoises slices. The MS-D engine runs it if it is an MS-D network as a whole, else an executor of
// the graph does.
//
// Thread-safe: runs of one model follow each other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/graph.h"
#include "common/nn/graph/model_card.h"
#include "common/nn/msd/card_network.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn {

struct Prediction {
  OutputKind kind = OutputKind::values;
  int channels = 1, rows = 0, columns = 0;
  std::vector<float> values;  // [channels][rows][columns]; of labels one channel
};

struct ModelOptions {
  // "auto": a card if it can be had, else the processor; "cpu": the processor; "msd", "msd_cuda"
  // (refused if the network is none); or one of network_backend_names().
  std::string executor = "auto";
  // Puts MS-D networks on a card, for "auto" and "msd_cuda"; empty: they run on the processor.
  msd::CardNetworkMaker on_card = {};
};

class Model {
 public:
  static Result<Model> load(const std::filesystem::path& path, const ModelOptions& options = {});
  static Result<Model> load(std::span<const std::byte> bytes, const ModelOptions& options = {});
  static Result<Model> from_graph(Graph graph, const ModelOptions& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const ModelCard& card() const;
  const Graph& graph() const;           // simplified
  const msd::Network* network() const;  // null: not an MS-D network
  std::string executor() const;         // "msd", "msd_cuda", "onednn", "cudnn", "reference"
  // Why an MS-D network is not on a card, or not any more; empty: it is, none was asked for, or
  // this was told before. A card that fails is given up, the image in question and all that follow
  // are computed by the processor.
  std::string take_card_failure() const;
  OutputKind output_kind() const;
  int inputs() const;   // channels of the image; 0: the input is no image
  int outputs() const;  // channels of the answer at the size it was tried with

  // `image`: [inputs][rows][columns], in the unit of the card; the card's fixed scale and shift are
  // applied here. An image whose size does not suit the network is continued as in a mirror below
  // and to the right, and the answer is cut back. Threads: at least 1.
  Result<Prediction> run(std::span<const float> image, int rows, int columns, int threads) const;

  // Several images of one size, at least one: each answer is bitwise that of the image alone. The
  // MS-D engine has every thread compute whole images, which takes less time than one after the
  // other; executors of the graph take them one after the other.
  using Images = std::span<const std::span<const float>>;
  Result<std::vector<Prediction>> run_batch(Images images, int rows, int columns,
                                            int threads) const;

  // The most likely class per pixel, the lowest among equals; of one channel of probabilities or
  // logits: 1 from a probability of a half on. Refused for values.
  Result<std::vector<std::uint8_t>> run_labels(std::span<const float> image, int rows, int columns,
                                               int threads) const;
  Result<std::vector<std::vector<std::uint8_t>>> run_labels_batch(Images images, int rows,
                                                                  int columns, int threads) const;

  // Input and output of any shape, as they are; for checks of single operators.
  Result<Tensor> run_tensor(const Tensor& input, int threads) const;

 private:
  struct State;
  explicit Model(std::unique_ptr<State> state);
  Result<std::vector<std::vector<std::uint8_t>>> engine_labels(Images images, int rows, int columns,
                                                               int threads) const;
  std::unique_ptr<State> state_;
};

}  // namespace slicecast::nn
