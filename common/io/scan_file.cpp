#include "common/io/scan_file.h"

#include <algorithm>

#include "common/io/regular_file.h"
#include "common/io/scan_file_layout.h"

namespace slicecast::io {

struct ScanFile::State {
  std::string file_name;
  Hdf5Handle file;
  ScanLayout layout;
  ~State() {
    Hdf5Lock lock;
    layout = {};
    file = Hdf5Handle();
  }
};

namespace {

const char* name_of(FrameKind kind) {
  switch (kind) {
    case FrameKind::projection: return "projection";
    case FrameKind::dark: return "dark";
    case FrameKind::flat: return "flat";
  }
  return "frame";
}

// An index that no scan has stays one.
std::uint32_t bounded(std::size_t index) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(index, 0xffffffffu));
}

Result<Hdf5Handle> open_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  if (auto file = check_readable_file(path); !file) return file.error();
  Hdf5Handle file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (file) return file;
  const htri_t hdf5 = H5Fis_hdf5(name.c_str());
  if (hdf5 > 0)
    return hdf5_error(Errc::malformed, name,
                      "is damaged, truncated or still being written; copy it again");
  if (hdf5 == 0)
    return Error{Errc::malformed,
                 name + ": is not an HDF5 file; give a Data Exchange .h5 or an NXtomo .nxs"};
  return hdf5_error(Errc::io, name, "cannot be read; check its permissions");
}

Result<ScanLayout> read_layout(hid_t file, const std::string& file_name) {
  if (is_data_exchange(file)) return read_data_exchange(file, file_name);
  auto layout = read_nx_tomo(file, file_name);
  if (layout || layout.error().code != Errc::not_found) return layout;
  return Error{Errc::not_found, layout.error().message +
                                    " (there is no '/exchange/data' either, as Data Exchange "
                                    "files have)"};
}

}  // namespace

ScanFile::ScanFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ScanFile::ScanFile(ScanFile&&) noexcept = default;
ScanFile& ScanFile::operator=(ScanFile&&) noexcept = default;
ScanFile::~ScanFile() = default;

Result<ScanFile> ScanFile::open(const std::filesystem::path& path) {
  Hdf5Lock lock;
  auto file = open_file(path);
  if (!file) return file.error();
  auto layout = read_layout(file->get(), path.string());
  if (!layout) return layout.error();
  auto state = std::make_unique<State>();
  state->file_name = path.string();
  state->file = std::move(*file);
  state->layout = std::move(*layout);
  return ScanFile(std::move(state));
}

const ScanDescription& ScanFile::description() const {
  return state_->layout.description;
}

Result<void> ScanFile::read_projection(std::size_t index, std::span<std::byte> pixels) const {
  return read({FrameKind::projection, bounded(index)}, pixels);
}
Result<void> ScanFile::read_dark(std::size_t index, std::span<std::byte> pixels) const {
  return read({FrameKind::dark, bounded(index)}, pixels);
}
Result<void> ScanFile::read_flat(std::size_t index, std::span<std::byte> pixels) const {
  return read({FrameKind::flat, bounded(index)}, pixels);
}

Result<void> ScanFile::read(FrameReference frame, std::span<std::byte> pixels) const {
  const ScanLayout& layout = state_->layout;
  const auto kind = static_cast<std::size_t>(frame.kind);
  const auto& frames = layout.frames_of_kind[kind];
  const std::string what = std::string(name_of(frame.kind)) + " " + std::to_string(frame.index);
  if (frame.index >= frames.size())
    return Error{Errc::invalid_argument, state_->file_name + ": there is no " + what + "; it has " +
                                             std::to_string(frames.size())};
  const std::size_t bytes = layout.description.frame_bytes();
  if (pixels.size() != bytes)
    return Error{Errc::invalid_argument, state_->file_name + ": a frame has " +
                                             std::to_string(bytes) + " bytes, not " +
                                             std::to_string(pixels.size())};
  Hdf5Lock lock;
  const FrameStack& stack = layout.stacks[layout.stack_of_kind[kind]];
  const hsize_t start[3] = {frames[frame.index], 0, 0};
  const hsize_t count[3] = {1, static_cast<hsize_t>(stack.rows),
                            static_cast<hsize_t>(stack.columns)};
  const Hdf5Handle file_space(H5Dget_space(stack.dataset.get()));
  const Hdf5Handle memory_space(H5Screate_simple(3, count, nullptr));
  const Hdf5Handle type = memory_type(layout.description.pixel_type);
  if (!file_space || !memory_space || !type ||
      H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start, nullptr, count, nullptr) < 0 ||
      H5Dread(stack.dataset.get(), type.get(), memory_space.get(), file_space.get(), H5P_DEFAULT,
              pixels.data()) < 0)
    return hdf5_error(Errc::io, state_->file_name,
                      what + " of '" + stack.path +
                          "' cannot be read; the file is damaged, truncated or compressed with a "
                          "filter that is not installed");
  return {};
}

}  // namespace slicecast::io
