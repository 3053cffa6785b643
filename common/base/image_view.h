// Non-owning view of a row-major image. `stride` is in elements. Copies are cheap.
#pragma once

#include <cstddef>
#include <span>

namespace slicecast {

template <class T>
struct ImageView {
  T* pixels = nullptr;
  int rows = 0;
  int columns = 0;
  std::ptrdiff_t stride = 0;

  ImageView() = default;
  ImageView(T* data, int row_count, int column_count)
      : pixels(data), rows(row_count), columns(column_count), stride(column_count) {}
  ImageView(T* data, int row_count, int column_count, std::ptrdiff_t row_stride)
      : pixels(data), rows(row_count), columns(column_count), stride(row_stride) {}
  operator ImageView<const T>() const { return {pixels, rows, columns, stride}; }

  std::span<T> row(int r) const { return {pixels + r * stride, static_cast<std::size_t>(columns)}; }
  T& operator()(int r, int c) const { return pixels[r * stride + c]; }
};

}  // namespace slicecast
