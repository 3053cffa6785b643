#include "cuda/process/fourier.h"

#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <vector>

namespace slicecast::cuda {
namespace {

using Complex = std::complex<double>;

// Any length: by its smallest factor, recursively (Cooley & Tukey 1965); primes by definition.
class PlainTransform {
 public:
  PlainTransform(int length, bool inverse) : root_(length) {
    for (int i = 0; i < length; ++i)
      root_[i] = std::polar(1.0, (inverse ? 2 : -2) * std::numbers::pi * i / length);
  }
  void operator()(std::vector<Complex>& line) const {
    std::vector<Complex> out(line.size());
    transform(line.data(), 1, out.data(), static_cast<int>(line.size()));
    line = std::move(out);
  }

 private:
  static int factor_of(int length) {
    for (int f = 2; f * f <= length; ++f)
      if (length % f == 0) return f;
    return length;
  }
  void transform(const Complex* in, std::size_t step, Complex* out, int length) const {
    if (length == 1) {
      out[0] = in[0];
      return;
    }
    const int factor = factor_of(length), rest = length / factor;
    for (int f = 0; f < factor; ++f)
      transform(in + f * step, step * factor, out + static_cast<std::size_t>(f) * rest, rest);
    const auto whole = static_cast<std::int64_t>(root_.size());
    std::vector<Complex> part(factor);
    for (int k = 0; k < rest; ++k) {
      for (int f = 0; f < factor; ++f)
        part[f] = out[static_cast<std::size_t>(f) * rest + k] *
                  root_[static_cast<std::int64_t>(f) * k * (whole / length) % whole];
      for (int q = 0; q < factor; ++q) {
        Complex sum = 0;
        for (int f = 0; f < factor; ++f)
          sum += part[f] * root_[static_cast<std::int64_t>(f) * q * (whole / factor) % whole];
        out[static_cast<std::size_t>(q) * rest + k] = sum;
      }
    }
  }
  std::vector<Complex> root_;
};

Float2 single(Complex value) {
  return {static_cast<float>(value.real()), static_cast<float>(value.imag())};
}

class PlainImageFourier final : public ImageFourier {
 public:
  PlainImageFourier(Device& device, int rows, int columns)
      : device_(device), rows_(rows), columns_(columns), half_(columns / 2 + 1) {}

  Result<void> forward(const Stream&, const float* image, Float2* spectrum) override {
    if (auto lost = device_.failure()) return *lost;
    const PlainTransform along(columns_, false);
    for (int r = 0; r < rows_; ++r) {
      std::vector<Complex> line(image + at(r, columns_), image + at(r + 1, columns_));
      along(line);
      for (int c = 0; c < half_; ++c) spectrum[at(r, half_) + c] = single(line[c]);
    }
    columns(spectrum, false);
    return {};
  }
  Result<void> inverse(const Stream&, Float2* spectrum, float* image) override {
    if (auto lost = device_.failure()) return *lost;
    columns(spectrum, true);
    const PlainTransform along(columns_, true);
    std::vector<Complex> line(columns_);
    for (int r = 0; r < rows_; ++r) {
      for (int c = 0; c < columns_; ++c) {
        const Float2 value = spectrum[at(r, half_) + (c < half_ ? c : columns_ - c)];
        line[c] = {value.x, c < half_ ? value.y : -value.y};
      }
      along(line);
      for (int c = 0; c < columns_; ++c)
        image[at(r, columns_) + c] = static_cast<float>(line[c].real());
    }
    return {};
  }

 private:
  static std::size_t at(int row, int columns) { return static_cast<std::size_t>(row) * columns; }
  void columns(Float2* spectrum, bool inverse) const {
    const PlainTransform down(rows_, inverse);
    std::vector<Complex> line(rows_);
    for (int c = 0; c < half_; ++c) {
      for (int r = 0; r < rows_; ++r) {
        const Float2 value = spectrum[at(r, half_) + c];
        line[r] = {value.x, value.y};
      }
      down(line);
      for (int r = 0; r < rows_; ++r) spectrum[at(r, half_) + c] = single(line[r]);
    }
  }
  Device& device_;
  const int rows_, columns_, half_;
};

class PlainRowFourier final : public RowFourier {
 public:
  PlainRowFourier(Device& device, int rows, int length)
      : device_(device), rows_(rows), length_(length) {}

  Result<void> transform(const Stream&, Float2* rows, bool inverse) override {
    if (auto lost = device_.failure()) return *lost;
    const PlainTransform along(length_, inverse);
    std::vector<Complex> line(length_);
    for (int r = 0; r < rows_; ++r) {
      Float2* row = rows + static_cast<std::size_t>(r) * length_;
      for (int i = 0; i < length_; ++i) line[i] = {row[i].x, row[i].y};
      along(line);
      for (int i = 0; i < length_; ++i) row[i] = single(line[i]);
    }
    return {};
  }

 private:
  Device& device_;
  const int rows_, length_;
};

Error no_fourier() {
  return {
      Errc::unavailable,
      "this build has no cuFFT, which phase retrieval and rows of over 8192 samples need; build "
      "with the CUDA toolkit or choose backend cpu"};
}

}  // namespace

Result<std::unique_ptr<ImageFourier>> make_image_fourier(Device& device, int rows, int columns) {
  if (device.facts().simulated)
    return std::unique_ptr<ImageFourier>(
        std::make_unique<PlainImageFourier>(device, rows, columns));
  if (CardFourier::image == nullptr) return no_fourier();
  return CardFourier::image(device.facts().index, rows, columns);
}

Result<std::unique_ptr<RowFourier>> make_row_fourier(Device& device, int rows, int length) {
  if (device.facts().simulated)
    return std::unique_ptr<RowFourier>(std::make_unique<PlainRowFourier>(device, rows, length));
  if (CardFourier::rows == nullptr) return no_fourier();
  return CardFourier::rows(device.facts().index, rows, length);
}

}  // namespace slicecast::cuda
