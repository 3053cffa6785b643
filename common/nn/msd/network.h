// A mixed-scale dense (MS-D) network as a value (D. M. Pelt and J. A. Sethian, "A mixed-scale dense
// convolutional neural network for image analysis", PNAS 115, 2018, eq. 2-4), pruned or not.
//
// Planes are numbered: the input channels first, then one plane per layer, in order. Plane
// inputs + i = max(0, bias_i + sum over the edges of layer i of their dilated 3x3 correlations).
// A layer of width w is w layers here, none of which reads its siblings.
// The last layer is 1x1: output_c = final_bias_c + sum over all planes p of final_weights[c][p] *
// p, then `scale_out`, then `output`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/error.h"

namespace slicecast::nn::msd {

// What a kernel reads beyond the image; a b c is the image's row.
enum class Border : std::uint8_t {
  symmetric,  // b a | a b c | c b : the edge pixel is repeated (half-sample)
  reflect,    // c b | a b c | b a : it is not (whole-sample); PyTorch's and ONNX's "reflect"
  replicate,  // a a | a b c | c c
  zeros,      // 0 0 | a b c | 0 0
};

enum class Output : std::uint8_t {
  linear,       // float planes
  softmax,      // float planes, over the channels
  log_softmax,  // float planes, natural logarithm
  arg_max,      // one plane of labels, uint8; the lowest channel among equals
};

// value * scale + shift
struct Affine {
  float scale = 1;
  float shift = 0;
};

struct Edge {
  int source = 0;                 // plane; must precede the layer's own
  std::array<float, 9> kernel{};  // row-major, not flipped: out(r, c) takes kernel[3 * i + j] *
                                  // source(r + (i - 1) * dilation, c + (j - 1) * dilation)
};

struct Layer {
  int dilation = 1;
  float bias = 0;
  std::vector<Edge> edges;  // those that are there; none: the plane is the constant max(0, bias)
};

struct Network {
  int inputs = 1;
  Border border = Border::symmetric;
  std::vector<Affine> scale_in;  // per input channel; empty: none. Borders are of the scaled input.
  std::vector<Layer> layers;
  int outputs = 1;
  std::vector<float> final_weights;  // [outputs][inputs + layers]; 0: no edge
  std::vector<float> final_biases;   // [outputs]
  std::vector<Affine> scale_out;     // per output channel; empty: none
  Output output = Output::linear;

  int planes() const { return inputs + static_cast<int>(layers.size()); }
  std::size_t edge_count() const;  // of the layers, without the last one
};

constexpr int kMostDilation = 256;
constexpr int kMostPlanes = 4096;
constexpr int kMostOutputs = 256;  // labels are bytes

// Every other function expects a network that passed.
Result<void> validate(const Network& network);

// Position that a border mode reads in place of `position` in a row or column of `size` pixels,
// however far outside; -1: the value is zero.
int border_position(Border border, int position, int size);

// "symmetric", ...: as model metadata spell it.
const char* to_string(Border border);
Result<Border> parse_border(const char* name);

}  // namespace slicecast::nn::msd
