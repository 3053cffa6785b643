#include <cerrno>
#include <cstdio>
#include <vector>

#include "common/io/npy.h"
#include "common/io/volume_sink.h"

namespace slicecast::io {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class NpySink final : public VolumeWriter::Sink {
 public:
  NpySink(AtomicFile file, const VolumeShape& shape, std::FILE* stream)
      : Sink(std::move(file), shape), stream_(stream) {}

  bool write_header() {
    std::vector<std::uint64_t> extents;
    if (!shape_.single_image) extents.push_back(static_cast<std::uint64_t>(shape_.planes));
    extents.push_back(static_cast<std::uint64_t>(shape_.rows));
    extents.push_back(static_cast<std::uint64_t>(shape_.columns));
    const auto header = npy_header(shape_.type, extents);
    return std::fwrite(header.data(), 1, header.size(), stream_.get()) == header.size();
  }

 protected:
  Result<void> write_plane(std::span<const std::byte> plane) override {
    if (std::fwrite(plane.data(), 1, plane.size(), stream_.get()) != plane.size())
      return write_error(target(), errno);
    return {};
  }
  Result<void> close() override {
    if (std::fclose(stream_.release()) != 0) return write_error(target(), errno);
    return {};
  }

 private:
  std::unique_ptr<std::FILE, CloseFile> stream_;
};

}  // namespace

Result<std::unique_ptr<VolumeWriter::Sink>> make_npy_sink(AtomicFile file,
                                                          const VolumeShape& shape) {
  const auto target = file.target();
  std::FILE* stream = std::fopen(file.temporary().c_str(), "wb");
  if (stream == nullptr) return write_error(target, errno);
  auto sink = std::make_unique<NpySink>(std::move(file), shape, stream);
  if (!sink->write_header()) return write_error(target, errno);
  return std::unique_ptr<VolumeWriter::Sink>(std::move(sink));
}

}  // namespace slicecast::io
