#include "common/io/hdf5.h"

#include <array>

namespace slicecast::io {
namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

herr_t first_message(unsigned, const H5E_error2_t* entry, void* out) {
  if (entry->desc != nullptr && *entry->desc != '\0') *static_cast<std::string*>(out) = entry->desc;
  return 1;
}

bool is_ieee_half(hid_t type) {
  std::size_t sign, exponent, exponent_bits, mantissa, mantissa_bits;
  return H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) >= 0 &&
         sign == 15 && exponent == 10 && exponent_bits == 5 && mantissa == 0 && mantissa_bits == 10;
}

std::string text_of(hid_t attribute, hid_t type) {
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    Hdf5Handle memory(H5Tcopy(type));
    if (H5Aread(attribute, memory.get(), &text) < 0 || text == nullptr) return {};
    std::string value = text;
    H5free_memory(text);
    return value;
  }
  std::string value(H5Tget_size(type), '\0');
  if (H5Aread(attribute, type, value.data()) < 0) return {};
  return value.substr(0, value.find('\0'));
}

}  // namespace

Hdf5Lock::Hdf5Lock() : guard_(library_mutex()) {
  // HDF5's own clean-up at exit crashes after a file could not be flushed (1.10.8); all handles
  // here close themselves. Works only as the very first call to the library.
  static const herr_t no_exit_handler = H5dont_atexit();
  (void)no_exit_handler;
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5Eclear2(H5E_DEFAULT);
}

Hdf5Handle::~Hdf5Handle() {
  if (id_ < 0) return;
  switch (H5Iget_type(id_)) {
    case H5I_FILE: H5Fclose(id_); break;
    case H5I_GROUP: H5Gclose(id_); break;
    case H5I_DATATYPE: H5Tclose(id_); break;
    case H5I_DATASPACE: H5Sclose(id_); break;
    case H5I_DATASET: H5Dclose(id_); break;
    case H5I_ATTR: H5Aclose(id_); break;
    default: H5Idec_ref(id_); break;  // property lists
  }
}

Error hdf5_error(Errc code, const std::string& file, const std::string& what) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_message, &reason);
  H5Eclear2(H5E_DEFAULT);
  return {code, file + ": " + what + (reason.empty() ? "" : " (HDF5: " + reason + ")")};
}

bool dataset_exists(hid_t file, const std::string& path) {
  return static_cast<bool>(open_dataset(file, path));
}

Hdf5Handle open_dataset(hid_t file, const std::string& path, hid_t access) {
  Hdf5Handle object(H5Oopen(file, path.c_str(), H5P_DEFAULT));
  if (!object || H5Iget_type(object.get()) != H5I_DATASET) return {};
  if (access == H5P_DEFAULT) return object;
  return Hdf5Handle(H5Dopen2(file, path.c_str(), access));
}

std::vector<std::uint64_t> shape_of(hid_t dataset) {
  Hdf5Handle space(H5Dget_space(dataset));
  const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (rank <= 0) return {};
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

std::optional<PixelType> pixel_type_of(hid_t dataset) {
  Hdf5Handle type(H5Dget_type(dataset));
  if (!type) return std::nullopt;
  const auto size = H5Tget_size(type.get());
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER: {
      const bool sign = H5Tget_sign(type.get()) == H5T_SGN_2;
      if (size == 1) return sign ? PixelType::i8 : PixelType::u8;
      if (size == 2) return sign ? PixelType::i16 : PixelType::u16;
      if (size == 4) return sign ? PixelType::i32 : PixelType::u32;
      if (size == 8) return sign ? PixelType::i64 : PixelType::u64;
      return std::nullopt;
    }
    case H5T_FLOAT:
      if (size == 2 && is_ieee_half(type.get())) return PixelType::f16;
      if (size == 4) return PixelType::f32;
      if (size == 8) return PixelType::f64;
      return std::nullopt;
    default: return std::nullopt;
  }
}

Hdf5Handle memory_type(PixelType type) {
  const auto copy = [](hid_t native) { return Hdf5Handle(H5Tcopy(native)); };
  switch (type) {
    case PixelType::u8: return copy(H5T_NATIVE_UINT8);
    case PixelType::u16: return copy(H5T_NATIVE_UINT16);
    case PixelType::u32: return copy(H5T_NATIVE_UINT32);
    case PixelType::u64: return copy(H5T_NATIVE_UINT64);
    case PixelType::i8: return copy(H5T_NATIVE_INT8);
    case PixelType::i16: return copy(H5T_NATIVE_INT16);
    case PixelType::i32: return copy(H5T_NATIVE_INT32);
    case PixelType::i64: return copy(H5T_NATIVE_INT64);
    case PixelType::f32: return copy(H5T_NATIVE_FLOAT);
    case PixelType::f64: return copy(H5T_NATIVE_DOUBLE);
    case PixelType::f16: break;
  }
  // HDF5 1.10 has no half of its own; this is IEEE 754 binary16. Fields shrink before the size
  // does.
  Hdf5Handle half = copy(H5T_IEEE_F32LE);
  H5Tset_fields(half.get(), 15, 10, 5, 0, 10);
  H5Tset_precision(half.get(), 16);
  H5Tset_size(half.get(), 2);
  H5Tset_ebias(half.get(), 15);
  return half;
}

std::optional<std::string> string_attribute(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return std::nullopt;
  Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT));
  if (!attribute) return std::nullopt;
  Hdf5Handle type(H5Aget_type(attribute.get())), space(H5Aget_space(attribute.get()));
  if (!type || H5Tget_class(type.get()) != H5T_STRING) return std::nullopt;
  if (H5Sget_simple_extent_npoints(space.get()) != 1) return std::nullopt;
  return text_of(attribute.get(), type.get());
}

std::optional<double> number_attribute(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return std::nullopt;
  Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT));
  if (!attribute) return std::nullopt;
  Hdf5Handle space(H5Aget_space(attribute.get()));
  if (H5Sget_simple_extent_npoints(space.get()) != 1) return std::nullopt;
  double value = 0;
  if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value) < 0) return std::nullopt;
  return value;
}

void write_attribute(hid_t object, const char* name, const std::string& value) {
  Hdf5Handle space(H5Screate(H5S_SCALAR)), type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), value.empty() ? 1 : value.size());
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  Hdf5Handle attribute(H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (attribute) H5Awrite(attribute.get(), type.get(), value.c_str());
}

void write_attribute(hid_t object, const char* name, double value) {
  Hdf5Handle space(H5Screate(H5S_SCALAR));
  Hdf5Handle attribute(
      H5Acreate2(object, name, H5T_IEEE_F64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (attribute) H5Awrite(attribute.get(), H5T_NATIVE_DOUBLE, &value);
}

Result<std::vector<double>> read_numbers(hid_t dataset, const std::string& file,
                                         const std::string& path, std::uint64_t limit) {
  const auto shape = shape_of(dataset);
  if (!pixel_type_of(dataset))
    return hdf5_error(Errc::malformed, file, "'" + path + "' does not hold numbers");
  std::uint64_t count = 1;
  for (auto extent : shape) {
    if (extent > limit || (extent != 0 && count > limit / extent))
      return hdf5_error(Errc::malformed, file,
                        "'" + path + "' is impossibly large (" + std::to_string(extent) + ")");
    count *= extent;
  }
  std::vector<double> values(count);
  if (count > 0 &&
      H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    return hdf5_error(Errc::malformed, file,
                      "'" + path + "' cannot be read; the file may be truncated: copy it again");
  return values;
}

}  // namespace slicecast::io
