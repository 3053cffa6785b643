// Storing, halving and exporting images in every layout.
#include "cuda/backproject/instances.h"
#include "cuda/device/device_code.cuh"

namespace slicecast::cuda {
namespace {

template <class Value>
using ImageCode =
    DeviceCodeOf<FillRows<PixelSource<float>, Value>, FillRows<PixelSource<std::uint16_t>, Value>,
                 FillRows<HalvedSource<RowLayout<Value>>, Value>,
                 FillQuads<PixelSource<float>, Value>, FillQuads<PixelSource<std::uint16_t>, Value>,
                 FillQuads<HalvedSource<QuadLayout<Value>>, Value>,
                 FillPlain<PixelSource<float>, Value>, FillPlain<PixelSource<std::uint16_t>, Value>,
                 FillPlain<HalvedSource<TextureReader>, Value>, ExportPixels<RowLayout<Value>>,
                 ExportPixels<QuadLayout<Value>>>;

const ImageCode<std::uint16_t> half_code;
const ImageCode<float> single_code;
const DeviceCodeOf<ExportPixels<TextureReader>> texture_code;

}  // namespace
}  // namespace slicecast::cuda
