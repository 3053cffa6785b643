#include "plugins/segmentation/quantities_csv.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace slicecast::segment {
namespace {

constexpr const char* kHeadings =
    "acquired_ns,scan,slice,pose_revision,version,method,class,area_fraction,area (mm^2),objects,"
    "mean_size (mm^2)\n";

// Names come from peers and files: a comma or a quote must not make columns.
std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name)
    if (c == '"')
      text += "\"\"";
    else
      text += c == '\n' || c == '\r' ? ' ' : c;
  return text + '"';
}

Error cannot_write(Errc code, const std::string& path, int reason) {
  return {code, path + " cannot be written: " + std::strerror(reason) +
                    "; give csv a file that can be, or nothing"};
}

}  // namespace

Result<std::shared_ptr<QuantitiesCsv>> QuantitiesCsv::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) return cannot_write(Errc::invalid_argument, path, errno);
  std::shared_ptr<QuantitiesCsv> made(new QuantitiesCsv(path, file));
  std::fseek(file, 0, SEEK_END);
  if (std::ftell(file) == 0 && (std::fputs(kHeadings, file) < 0 || std::fflush(file) != 0))
    return cannot_write(Errc::invalid_argument, path, errno);
  return made;
}

Result<void> QuantitiesCsv::add(const v1::Stamp& input, const std::string& method,
                                const std::vector<nn::ClassEntry>& classes,
                                std::span<const segmentation::ClassQuantities> quantities) {
  if (classes.size() != quantities.size())
    return Error{Errc::invalid_argument, "classes and quantities of two numbers"};
  std::string lines;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const auto& of = quantities[k];
    lines += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", input.acquired_ns(),
                         quoted(input.scan_id()), quoted(input.slice_id()), input.pose_revision(),
                         input.version(), quoted(method), quoted(classes[k].name), of.area_fraction,
                         of.area_mm2, of.objects, of.mean_object_mm2);
  }
  std::lock_guard lock(mutex_);
  if (std::fputs(lines.c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0)
    return cannot_write(Errc::io, path_, errno);
  return {};
}

}  // namespace slicecast::segment
