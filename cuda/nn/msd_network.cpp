#include "cuda/nn/msd_network.h"

#include <algorithm>
#include <string>
#include <utility>

namespace slicecast::cuda {

using nn::msd::Network;

MsdOnCard::MsdOnCard(std::shared_ptr<Device> device, const Network& network)
    : device_(std::move(device)),
      inputs_(network.inputs),
      outputs_(network.outputs),
      planes_(network.planes()),
      border_(network.border),
      output_(network.output),
      scale_in_(network.scale_in) {}

Result<std::unique_ptr<MsdOnCard>> MsdOnCard::create(std::shared_ptr<Device> device,
                                                     const Network& network) {
  if (auto ok = nn::msd::validate(network); !ok) return ok.error();
  std::unique_ptr<MsdOnCard> made(new MsdOnCard(std::move(device), network));
  made->fill_tables(network);
  if (auto ok = made->tables_.upload(*made->device_); !ok) return ok.error();
  auto stream = made->device_->make_stream(StreamPriority::normal);
  if (!stream) return stream.error();
  made->stream_ = std::move(*stream);
  return made;
}

void MsdOnCard::fill_tables(const Network& network) {
  std::vector<MsdEdge> edges;
  for (const auto& layer : network.layers) {
    layers_.push_back(
        {layer.dilation, static_cast<int>(layer.edges.size()), layer.bias, edges.size()});
    for (const auto& edge : layer.edges) {
      MsdEdge& added = edges.emplace_back();
      std::ranges::copy(edge.kernel, added.kernel);
      added.source = edge.source;
    }
  }
  const auto weight = [&](int output, int plane) {
    return output < outputs_ ? network.final_weights[static_cast<std::size_t>(output) *
                                                         static_cast<std::size_t>(planes_) +
                                                     static_cast<std::size_t>(plane)]
                             : 0.0F;
  };
  std::vector<int> sources;
  for (int plane = 0; plane < planes_; ++plane) {
    bool read = false;
    for (int output = 0; output < outputs_; ++output) read |= weight(output, plane) != 0;
    if (read) sources.push_back(plane);
  }
  std::vector<float> weights;
  for (int first = 0; first < outputs_; first += kMsdGroup)
    for (const int plane : sources)
      for (int k = 0; k < kMsdGroup; ++k) weights.push_back(weight(first + k, plane));
  std::vector<MsdOutputAffine> affine;
  for (std::size_t k = 0; k < network.final_biases.size(); ++k) {
    const auto scale = network.scale_out.empty() ? nn::msd::Affine{} : network.scale_out[k];
    affine.push_back({network.final_biases[k], scale.scale, scale.shift});
  }
  last_sources_ = static_cast<int>(sources.size());
  edges_at_ = tables_.add(edges);
  sources_at_ = tables_.add(sources);
  weights_at_ = tables_.add(weights);
  affine_at_ = tables_.add(affine);
}

Result<void> MsdOnCard::reserve(std::size_t pixels) {
  if (pixels <= room_) return {};
  room_ = 0;
  memory_.reset();
  results_.reset();
  auto memory = device_->allocate(pixels * static_cast<std::size_t>(planes_) * sizeof(float));
  if (!memory) return memory.error();
  auto results = device_->allocate(pixels * static_cast<std::size_t>(outputs_) * sizeof(float));
  if (!results) return results.error();
  memory_ = std::move(*memory);
  results_ = std::move(*results);
  room_ = pixels;
  return {};
}

Result<void> MsdOnCard::check(std::span<const ImageView<const float>> channels, std::size_t results,
                              std::size_t channels_out) const {
  if (channels.size() != static_cast<std::size_t>(inputs_))
    return Error{Errc::invalid_argument, "the network has " + std::to_string(inputs_) +
                                             " input channels, not " +
                                             std::to_string(channels.size())};
  const auto& first = channels.front();
  for (const auto& image : channels)
    if (image.rows < 1 || image.columns < 1 || image.rows != first.rows ||
        image.columns != first.columns)
      return Error{Errc::invalid_argument, "the channels are no images of one size"};
  if (results !=
      channels_out * static_cast<std::size_t>(first.rows) * static_cast<std::size_t>(first.columns))
    return Error{Errc::invalid_argument, "the result has another size than the image"};
  return {};
}

Result<void> MsdOnCard::compute(std::span<const ImageView<const float>> channels, float* scores,
                                std::uint8_t* labels) {
  const int rows = channels.front().rows, columns = channels.front().columns;
  const std::size_t row_bytes = static_cast<std::size_t>(columns) * sizeof(float);
  const std::size_t pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  auto* const planes = memory_.as<float>();
  const LaunchShape shape = shape_for(pixels);
  for (std::size_t k = 0; k < channels.size(); ++k) {
    float* const plane = planes + k * pixels;
    const auto& image = channels[k];
    const auto pitch = static_cast<std::size_t>(image.stride) * sizeof(float);
    if (auto ok = device_->upload_rows(stream_, plane, row_bytes, image.pixels, pitch, row_bytes,
                                       static_cast<std::size_t>(rows));
        !ok)
      return ok;
    if (scale_in_.empty()) continue;
    const MsdInput scaled{plane, pixels, scale_in_[k].scale, scale_in_[k].shift};
    if (auto ok = device_->launch(stream_, shape, scaled); !ok) return ok;
  }
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const Layer& layer = layers_[k];
    const MsdPlane next{planes,
                        planes + (channels.size() + k) * pixels,
                        tables_.at<MsdEdge>(edges_at_) + layer.first,
                        layer.edges,
                        rows,
                        columns,
                        layer.dilation,
                        layer.bias,
                        border_};
    if (auto ok = device_->launch(stream_, shape, next); !ok) return ok;
  }
  const MsdLast last{planes,
                     tables_.at<int>(sources_at_),
                     tables_.at<float>(weights_at_),
                     tables_.at<MsdOutputAffine>(affine_at_),
                     scores,
                     labels,
                     pixels,
                     last_sources_,
                     outputs_,
                     output_};
  return device_->launch(stream_, shape, last);
}

Result<void> MsdOnCard::run(std::span<const ImageView<const float>> channels,
                            std::span<float> outputs) {
  if (output_ == nn::msd::Output::arg_max)
    return Error{Errc::invalid_argument, "this network answers with labels; ask for labels"};
  if (auto ok = check(channels, outputs.size(), static_cast<std::size_t>(outputs_)); !ok) return ok;
  if (auto ok = reserve(outputs.size() / static_cast<std::size_t>(outputs_)); !ok) return ok;
  if (auto ok = compute(channels, results_.as<float>(), nullptr); !ok) return ok;
  if (auto ok = device_->download(stream_, outputs.data(), results_.get(), outputs.size_bytes());
      !ok)
    return ok;
  return device_->synchronize(stream_);
}

Result<void> MsdOnCard::run_labels(std::span<const ImageView<const float>> channels,
                                   std::span<std::uint8_t> labels) {
  if (auto ok = check(channels, labels.size(), 1); !ok) return ok;
  if (auto ok = reserve(labels.size()); !ok) return ok;
  if (auto ok = compute(channels, nullptr, results_.as<std::uint8_t>()); !ok) return ok;
  if (auto ok = device_->download(stream_, labels.data(), results_.get(), labels.size_bytes()); !ok)
    return ok;
  return device_->synchronize(stream_);
}

}  // namespace slicecast::cuda
