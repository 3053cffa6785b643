#include "common/io/data_exchange_writer.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <vector>

#include "common/io/atomic_file.h"
#include "common/io/geometry_attributes.h"
#include "common/io/hdf5.h"
#include "common/io/window_attributes.h"

namespace slicecast::io {
namespace {

Hdf5Handle with_intermediate_groups() {
  Hdf5Handle properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(properties.get(), 1);
  return properties;
}

// The same scan gives the same bytes: no times of creation.
Hdf5Handle without_times() {
  Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(properties.get(), false);
  return properties;
}

bool write_numbers(hid_t file, const char* path, const std::vector<double>& values,
                   const char* unit) {
  const hsize_t count = values.size();
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr)), groups = with_intermediate_groups(),
                                                                timeless = without_times();
  const Hdf5Handle dataset(H5Dcreate2(file, path, H5T_IEEE_F64LE, space.get(), groups.get(),
                                      timeless.get(), H5P_DEFAULT));
  if (!dataset) return false;
  if (unit != nullptr) write_attribute(dataset.get(), "units", unit);
  return H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >=
         0;
}

bool write_text(hid_t file, const char* path, const std::string& text) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR)), type(H5Tcopy(H5T_C_S1)),
      groups = with_intermediate_groups(), timeless = without_times();
  H5Tset_size(type.get(), std::max<std::size_t>(text.size(), 1));
  const Hdf5Handle dataset(
      H5Dcreate2(file, path, type.get(), space.get(), groups.get(), timeless.get(), H5P_DEFAULT));
  return dataset &&
         H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.c_str()) >= 0;
}

}  // namespace

struct DataExchangeWriter::State {
  AtomicFile target;
  DataExchangeOptions options;
  Hdf5Handle file;
  struct Stack {
    const char* path;
    const char* axes;
    Hdf5Handle dataset;
    hsize_t frames = 0;
  };
  Stack projections{"/exchange/data", "theta:y:x", {}},
      darks{"/exchange/data_dark", "theta_dark:y:x", {}},
      flats{"/exchange/data_white", "theta_white:y:x", {}};
  std::vector<double> angles_degrees, ids;
  // One per projection written, whatever the ids: a file counts its projections without gaps.
  std::vector<geometry::ProjectionVector> vectors;
  bool measured = false;
  std::uint64_t reserved = 0;  // bytes of the file that the disk surely has room for

  explicit State(AtomicFile file_target) : target(std::move(file_target)) {}
  ~State() {
    Hdf5Lock lock;
    close();
  }
  // Claims disk space for `bytes` more and the tables that go with them, before HDF5 starts to
  // write: after a write that failed half-way its files cannot be closed properly.
  Result<void> reserve(std::size_t bytes) {
    constexpr std::uint64_t kTables = std::uint64_t{1} << 20;
    hsize_t end = 0;
    void* descriptor = nullptr;
    if (H5Fget_filesize(file.get(), &end) < 0 ||
        H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &descriptor) < 0)
      return failed("cannot tell its size");
    const std::uint64_t needed = end + bytes + kTables + 64 * ids.size();
    if (needed <= reserved) return {};
    rlimit most{};
    if (::getrlimit(RLIMIT_FSIZE, &most) == 0 && needed > most.rlim_cur)
      return write_error(target.target(), EFBIG);  // fallocate does not look at it
    if (::fallocate(*static_cast<int*>(descriptor), FALLOC_FL_KEEP_SIZE, 0,
                    static_cast<off_t>(needed)) != 0) {
      // Some file systems cannot reserve; a full disk then shows when the frame is written.
      if (errno != EOPNOTSUPP && errno != ENOSYS) return write_error(target.target(), errno);
    }
    reserved = needed;
    return {};
  }
  // False if buffered pixels could not be written.
  bool close() {
    projections.dataset = Hdf5Handle();
    darks.dataset = Hdf5Handle();
    flats.dataset = Hdf5Handle();
    const bool flushed = !file || H5Fflush(file.get(), H5F_SCOPE_LOCAL) >= 0;
    file = Hdf5Handle();
    return flushed;
  }
  Error failed(const std::string& what) {
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
      return write_error(target.target(), errno);
    return hdf5_error(Errc::io, target.target().string(), what);
  }

  Result<void> create_stack(Stack& stack) {
    const auto rows = static_cast<hsize_t>(options.geometry.rows),
               columns = static_cast<hsize_t>(options.geometry.columns);
    const hsize_t none[3] = {0, rows, columns}, most[3] = {H5S_UNLIMITED, rows, columns};
    const hsize_t chunk[3] = {1, rows, columns};
    const Hdf5Handle space(H5Screate_simple(3, none, most)), creation = without_times(),
                                                             groups = with_intermediate_groups(),
                                                             type = memory_type(options.pixel_type);
    H5Pset_chunk(creation.get(), 3, chunk);
    // Frames are written once and whole: straight to the file, where errors still have a frame.
    const Hdf5Handle uncached(H5Pcreate(H5P_DATASET_ACCESS));
    H5Pset_chunk_cache(uncached.get(), 0, 0, 1.0);
    stack.dataset = Hdf5Handle(H5Dcreate2(file.get(), stack.path, type.get(), space.get(),
                                          groups.get(), creation.get(), uncached.get()));
    if (!stack.dataset) return failed("'" + std::string(stack.path) + "' cannot be created");
    write_attribute(stack.dataset.get(), "axes", stack.axes);
    write_attribute(stack.dataset.get(), "units", options.already_linear ? "1" : "counts");
    return {};
  }

  Result<void> append(Stack& stack, std::span<const std::byte> pixels) {
    const auto rows = static_cast<hsize_t>(options.geometry.rows),
               columns = static_cast<hsize_t>(options.geometry.columns);
    const std::size_t bytes = rows * columns * size_of(options.pixel_type);
    if (pixels.size() != bytes)
      return Error{Errc::invalid_argument, target.target().string() + ": a frame has " +
                                               std::to_string(bytes) + " bytes, not " +
                                               std::to_string(pixels.size())};
    Hdf5Lock lock;
    if (!file)
      return Error{Errc::invalid_argument,
                   target.target().string() + ": is finished; write frames before `finish`"};
    if (auto ok = reserve(bytes); !ok) return ok;
    errno = 0;
    if (!stack.dataset)
      if (auto ok = create_stack(stack); !ok) return ok;
    const hsize_t extent[3] = {stack.frames + 1, rows, columns};
    const hsize_t start[3] = {stack.frames, 0, 0}, count[3] = {1, rows, columns};
    if (H5Dset_extent(stack.dataset.get(), extent) < 0) return failed("cannot grow");
    const Hdf5Handle space(H5Dget_space(stack.dataset.get())),
        memory(H5Screate_simple(3, count, nullptr)), type = memory_type(options.pixel_type);
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start, nullptr, count, nullptr) < 0 ||
        H5Dwrite(stack.dataset.get(), type.get(), memory.get(), space.get(), H5P_DEFAULT,
                 pixels.data()) < 0)
      return failed("a frame cannot be written to '" + std::string(stack.path) + "'");
    ++stack.frames;
    return {};
  }

  Result<void> write_rest() {
    const auto& g = options.geometry;
    bool ok = write_numbers(file.get(), "/exchange/theta", angles_degrees, "degrees") &&
              write_numbers(file.get(), "/slicecast/projection_ids", ids, nullptr) &&
              write_text(file.get(), "/implements", "exchange:measurement");
    if (g.pixel_size_known)
      for (const char* name : {"/measurement/instrument/detector/pixel_size_x",
                               "/measurement/instrument/detector/pixel_size_y"})
        ok = ok && write_numbers(file.get(), name, {g.pixel_mm}, "mm");
    if (!ok) return failed("angles or pixel size cannot be written");
    geometry::ScanGeometry kept = g;
    kept.vectors = measured ? vectors : std::vector<geometry::ProjectionVector>();
    if (auto written = write_geometry(file.get(), target.target().string(), kept); !written)
      return written;
    const Hdf5Handle own(H5Gopen2(file.get(), "/slicecast", H5P_DEFAULT));
    write_attribute(own.get(), "already_linear", options.already_linear ? 1.0 : 0.0);
    write_attribute(own.get(), "provenance", options.provenance);
    write_window(own.get(), options.window);
    return {};
  }
};

DataExchangeWriter::DataExchangeWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
DataExchangeWriter::DataExchangeWriter(DataExchangeWriter&&) noexcept = default;
DataExchangeWriter& DataExchangeWriter::operator=(DataExchangeWriter&&) noexcept = default;
DataExchangeWriter::~DataExchangeWriter() = default;

Result<DataExchangeWriter> DataExchangeWriter::create(const std::filesystem::path& path,
                                                      const DataExchangeOptions& options) {
  if (auto ok = geometry::validate(options.geometry); !ok) return ok.error();
  auto target = AtomicFile::create(path);
  if (!target) return target.error();
  Hdf5Lock lock;
  auto state = std::make_unique<State>(std::move(*target));
  state->options = options;
  state->file = Hdf5Handle(
      H5Fcreate(state->target.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  if (!state->file) return state->failed("cannot be created");
  return DataExchangeWriter(std::move(state));
}

Result<void> DataExchangeWriter::write_projection(std::uint64_t id, double angle_rad,
                                                  std::span<const std::byte> pixels,
                                                  const std::optional<geometry::Matrix34>& matrix) {
  if (!std::isfinite(angle_rad))
    return Error{Errc::invalid_argument, state_->target.target().string() +
                                             ": a projection needs a finite angle in radians"};
  const auto& g = state_->options.geometry;
  const auto projection = matrix ? Result(geometry::from_matrix(g, *matrix))
                                 : geometry::projection_of(g, id, angle_rad);
  if (!projection) return projection.error();
  const auto vector = !matrix && id < g.vectors.size() ? g.vectors[id] : to_astra(*projection);
  for (const double number : vector.v)
    if (!std::isfinite(number))
      return Error{Errc::invalid_argument, state_->target.target().string() +
                                               ": the matrix of projection " + std::to_string(id) +
                                               " is singular; send none or a good one"};
  if (auto ok = state_->append(state_->projections, pixels); !ok) return ok;
  state_->vectors.push_back(vector);
  state_->measured |= matrix.has_value() || !g.vectors.empty();
  state_->angles_degrees.push_back(angle_rad * (180 / M_PI));
  state_->ids.push_back(static_cast<double>(id));
  return {};
}

Result<void> DataExchangeWriter::write_dark(std::span<const std::byte> pixels) {
  return state_->append(state_->darks, pixels);
}

Result<void> DataExchangeWriter::write_flat(std::span<const std::byte> pixels) {
  return state_->append(state_->flats, pixels);
}

Result<void> DataExchangeWriter::finish() {
  const std::string name = state_->target.target().string();
  Hdf5Lock lock;
  if (!state_->file) return Error{Errc::invalid_argument, name + ": is finished already"};
  if (state_->projections.frames == 0)
    return Error{Errc::invalid_argument, name + ": no projection was written; a scan needs one"};
  if (auto ok = state_->reserve((16 + sizeof(geometry::ProjectionVector)) * state_->ids.size());
      !ok)
    return ok;
  errno = 0;
  if (auto ok = state_->write_rest(); !ok) return ok;
  if (!state_->close()) return state_->failed("cannot be flushed");
  // Gives back what was reserved beyond the end.
  std::error_code ignored;
  const auto& written = state_->target.temporary();
  std::filesystem::resize_file(written, std::filesystem::file_size(written, ignored), ignored);
  return state_->target.commit();
}

}  // namespace slicecast::io
