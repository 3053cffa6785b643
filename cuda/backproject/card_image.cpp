#include "cuda/backproject/card_image.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "cuda/kernels/store_image.h"

namespace slicecast::cuda {
namespace {

using recon::StoreType;

constexpr int kStoreLanes = 4;
// Kept for the images that come next, of which few are on their way at a time.
constexpr std::size_t kIdleShare = 64;  // of the card's memory

}  // namespace

CardImage::CardImage(std::shared_ptr<ImageStore> store, ImageMemory memory, float scale)
    : StoredImage(memory.shape.rows, memory.shape.columns, memory.shape.type, scale),
      store_(std::move(store)),
      memory_(std::move(memory)),
      place_(store_->pool().place_of(memory_)) {}

CardImage::~CardImage() {
  store_->pool().give_back(std::move(memory_));
}

float CardImage::value(int row, int column) const {
  std::call_once(exported_once_, [this] {
    if (auto pixels = store_->exported(*this)) exported_ = std::move(*pixels);
  });
  const std::size_t i = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns()) +
                        static_cast<std::size_t>(column);
  return i < exported_.size() ? exported_[i] * scale() : 0.0F;
}

ImageStore::ImageStore(std::shared_ptr<Device> device, recon::Sampling sampling, int card)
    : pool_(device, device->facts().total_bytes / kIdleShare),
      sampling_(sampling),
      card_(card),
      lanes_(kStoreLanes, [this] { return make_lane(); }) {}

Result<std::shared_ptr<ImageStore>> ImageStore::create(std::shared_ptr<Device> device,
                                                       recon::Sampling sampling, int card) {
  std::shared_ptr<ImageStore> store(new ImageStore(std::move(device), sampling, card));
  // The first lane now, so that a card without any room says so at once.
  if (auto lane = store->lanes_.take(); !lane) return lane.error();
  return store;
}

Result<ImageStore::Lane> ImageStore::make_lane() {
  Lane lane;
  auto stream = device().make_stream(StreamPriority::normal);
  if (!stream) return stream.error();
  lane.stream = std::move(*stream);
  if (auto got = lane.count.reserve(device(), sizeof(unsigned long long)); !got) return got.error();
  if (auto got = lane.count_here.reserve(device(), sizeof(unsigned long long)); !got)
    return got.error();
  return lane;
}

Layout ImageStore::layout_for(StoreType, int rows, int columns) const {
  switch (sampling_) {
    case recon::Sampling::rows: return Layout::rows;
    case recon::Sampling::quads: return Layout::quads;
    case recon::Sampling::automatic:
      return check_texture(device().facts(), rows, columns) ? Layout::texture : Layout::rows;
    case recon::Sampling::gather:
    case recon::Sampling::filtered: break;
  }
  return Layout::texture;
}

template <class Value, class Source>
Result<void> ImageStore::fill(Lane& lane, const Source& source, const ImageMemory& memory) {
  const ImagePlace place = pool_.place_of(memory);
  const int rows = memory.shape.rows, columns = memory.shape.columns;
  switch (memory.shape.layout) {
    case Layout::rows: {
      using Kernel = FillRows<Source, Value>;
      return device().launch(lane.stream, shape_for(Kernel::threads_for(rows, columns)),
                             Kernel{source, memory.memory.as<Value>(), place.pitch});
    }
    case Layout::quads: {
      using Kernel = FillQuads<Source, Value>;
      return device().launch(
          lane.stream, shape_for(Kernel::threads_for(rows, columns)),
          Kernel{source, memory.memory.as<typename Kernel::Quad>(), place.pitch});
    }
    case Layout::texture: break;
  }
  using Kernel = FillPlain<Source, Value>;
  const std::size_t threads = Kernel::threads_for(rows, columns);
  if (auto got = lane.plain.reserve(device(), threads * sizeof(Value)); !got) return got;
  if (auto done =
          device().launch(lane.stream, shape_for(threads), Kernel{source, lane.plain.as<Value>()});
      !done)
    return done;
  return device().fill_texture(lane.stream, memory.texture, lane.plain.as<void>());
}

template <class Number>
Result<CardImagePtr> ImageStore::convert(Lane& lane, const Number* numbers, int rows, int columns,
                                         std::int64_t pitch, StoreType type, float scale,
                                         std::atomic<std::uint64_t>* clipped) {
  const bool half = type == StoreType::half_precision, bits = sizeof(Number) == 2;
  const float stored_scale = half ? scale : 1.0F;
  // Floats are divided by the scale of halves; bits have been.
  const float factor = bits ? (half ? 1.0F : scale) : (half ? 1 / scale : 1.0F);
  auto memory = pool_.take({layout_for(type, rows, columns), type, rows, columns});
  if (!memory) return memory.error();
  if (clipped != nullptr) {
    auto done = device().fill_zero(lane.stream, lane.count.as<void>(), sizeof(unsigned long long));
    if (!done) return done.error();
  }
  const PixelSource<Number> source{
      numbers,
      pitch,
      rows,
      columns,
      factor,
      half && !bits,
      clipped != nullptr ? lane.count.as<unsigned long long>() : nullptr};
  auto filled =
      half ? fill<std::uint16_t>(lane, source, *memory) : fill<float>(lane, source, *memory);
  if (!filled) return filled.error();
  if (clipped != nullptr) {
    auto done = device().download(lane.stream, lane.count_here.as<void>(), lane.count.as<void>(),
                                  sizeof(unsigned long long));
    if (!done) return done.error();
  }
  if (auto done = device().synchronize(lane.stream); !done) return done.error();
  if (clipped != nullptr) *clipped += *lane.count_here.as<unsigned long long>();
  return std::make_shared<const CardImage>(shared_from_this(), std::move(*memory), stored_scale);
}

template <class Number>
Result<CardImagePtr> ImageStore::store_numbers(ImageView<const Number> numbers, StoreType type,
                                               float scale, std::atomic<std::uint64_t>* clipped) {
  auto lane = lanes_.take();
  if (!lane) return lane.error();
  const auto rows = static_cast<std::size_t>(numbers.rows);
  const std::size_t row_bytes = static_cast<std::size_t>(numbers.columns) * sizeof(Number);
  if (auto got = (*lane)->source.reserve(device(), rows * row_bytes); !got) return got.error();
  if (auto got = (*lane)->staged.reserve(device(), rows * row_bytes); !got) return got.error();
  // In parts, so that the card fetches one while the next is made ready.
  constexpr std::size_t kPartBytes = 256 << 10;
  const std::size_t part_rows =
      std::max<std::size_t>(1, kPartBytes / std::max<std::size_t>(1, row_bytes));
  for (std::size_t first = 0; first < rows; first += part_rows) {
    const std::size_t last = std::min(rows, first + part_rows);
    std::byte* const staged = (*lane)->staged.template as<std::byte>();
    for (std::size_t r = first; r < last; ++r)
      std::memcpy(staged + r * row_bytes, numbers.row(static_cast<int>(r)).data(), row_bytes);
    auto sent = device().upload((*lane)->stream,
                                (*lane)->source.template as<std::byte>() + first * row_bytes,
                                staged + first * row_bytes, (last - first) * row_bytes);
    if (!sent) return sent.error();
  }
  return convert(**lane, (*lane)->source.template as<const Number>(), numbers.rows, numbers.columns,
                 numbers.columns, type, scale, clipped);
}

Result<CardImagePtr> ImageStore::store(ImageView<const float> filtered, StoreType type, float scale,
                                       std::atomic<std::uint64_t>* clipped) {
  return store_numbers(filtered, type, scale, clipped);
}

Result<CardImagePtr> ImageStore::store_half(ImageView<const std::uint16_t> bits, StoreType type,
                                            float scale) {
  return store_numbers(bits, type, scale, nullptr);
}

Result<CardImagePtr> ImageStore::store_from_card(const float* filtered, int rows, int columns,
                                                 std::int64_t pitch, StoreType type, float scale,
                                                 std::atomic<std::uint64_t>* clipped) {
  auto lane = lanes_.take();
  if (!lane) return lane.error();
  return convert(**lane, filtered, rows, columns, pitch, type, scale, clipped);
}

Result<CardImagePtr> ImageStore::store_from_card(const std::uint16_t* bits, int rows, int columns,
                                                 std::int64_t pitch, StoreType type, float scale) {
  auto lane = lanes_.take();
  if (!lane) return lane.error();
  return convert(**lane, bits, rows, columns, pitch, type, scale, nullptr);
}

namespace {

// Calls visit with the reader of the image's layout and numbers.
template <class Visit>
auto with_reader(const ImageShape& shape, Visit&& visit) {
  const bool half = shape.type == StoreType::half_precision;
  switch (shape.layout) {
    case Layout::rows: return half ? visit(RowLayout<std::uint16_t>{}) : visit(RowLayout<float>{});
    case Layout::quads:
      return half ? visit(QuadLayout<std::uint16_t>{}) : visit(QuadLayout<float>{});
    case Layout::texture: break;
  }
  return visit(TextureReader{});
}

}  // namespace

Result<CardImagePtr> ImageStore::halve(const CardImage& image) {
  auto lane = lanes_.take();
  if (!lane) return lane.error();
  const int rows = (image.rows() + 1) / 2, columns = (image.columns() + 1) / 2;
  // The layout of the larger one: sampling must not change with the level.
  auto memory = pool_.take({image.layout(), image.type(), rows, columns});
  if (!memory) return memory.error();
  const auto filled = [&]() -> Result<void> {
    const auto from = [&](auto reader) {
      return HalvedSource<decltype(reader)>{image.place(), rows, columns};
    };
    const bool half = image.type() == StoreType::half_precision;
    switch (image.layout()) {
      case Layout::rows:
        return half ? fill<std::uint16_t>(**lane, from(RowLayout<std::uint16_t>{}), *memory)
                    : fill<float>(**lane, from(RowLayout<float>{}), *memory);
      case Layout::quads:
        return half ? fill<std::uint16_t>(**lane, from(QuadLayout<std::uint16_t>{}), *memory)
                    : fill<float>(**lane, from(QuadLayout<float>{}), *memory);
      case Layout::texture: break;
    }
    return half ? fill<std::uint16_t>(**lane, from(TextureReader{}), *memory)
                : fill<float>(**lane, from(TextureReader{}), *memory);
  }();
  if (!filled) return filled.error();
  if (auto done = device().synchronize((*lane)->stream); !done) return done.error();
  return std::make_shared<const CardImage>(shared_from_this(), std::move(*memory), image.scale());
}

Result<std::vector<float>> ImageStore::exported(const CardImage& image) {
  auto lane = lanes_.take();
  if (!lane) return lane.error();
  const std::size_t pixels =
      static_cast<std::size_t>(image.rows()) * static_cast<std::size_t>(image.columns());
  if (auto got = (*lane)->source.reserve(device(), pixels * sizeof(float)); !got)
    return got.error();
  float* const to = (*lane)->source.template as<float>();
  auto launched = with_reader(image.memory().shape, [&](auto reader) {
    return device().launch((*lane)->stream, shape_for(pixels),
                           ExportPixels<decltype(reader)>{image.place(), to});
  });
  if (!launched) return launched.error();
  std::vector<float> values(pixels);
  if (auto done = device().download((*lane)->stream, values.data(), to, pixels * sizeof(float));
      !done)
    return done.error();
  if (auto done = device().synchronize((*lane)->stream); !done) return done.error();
  return values;
}

}  // namespace slicecast::cuda
