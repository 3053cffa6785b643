#include "tests/unit/viewer_model/images.h"

#include <fstream>
#include <sstream>

namespace slicecast::viewer::testing {

SliceVersion plain_version(std::uint64_t version, std::int64_t arrived_ns, int rows, int columns) {
  SliceVersion made;
  made.version = version;
  made.instance = 1;
  made.arrived_ns = arrived_ns;
  v1::Stamp& stamp = *made.header.mutable_stamp();
  stamp.set_scan_id("scan");
  stamp.set_slice_id("s");
  stamp.set_instance(1);
  stamp.set_version(version);
  stamp.set_pose_revision(1);
  made.header.mutable_axis1()->set_x_mm(0.5 * columns);
  made.header.mutable_axis2()->set_y_mm(0.5 * rows);
  made.header.set_value_unit("1/mm");
  made.format.set_type(v1::FLOAT32);
  made.format.add_shape(static_cast<std::uint32_t>(rows));
  made.format.add_shape(static_cast<std::uint32_t>(columns));
  auto pixels = Buffer::allocate(static_cast<std::size_t>(rows * columns) * sizeof(float));
  for (int i = 0; i < rows * columns; ++i) pixels->as<float>()[i] = static_cast<float>(i);
  made.pixels = std::move(pixels);
  return made;
}

SliceVersionPtr version_of(std::uint64_t version, std::int64_t arrived_ns,
                           std::uint64_t pose_revision) {
  SliceVersion made = plain_version(version, arrived_ns);
  made.header.mutable_stamp()->set_pose_revision(pose_revision);
  return std::make_shared<const SliceVersion>(std::move(made));
}

OverlayImagePtr labels_of(const SliceVersion& input, std::int64_t arrived_ns) {
  OverlayImage made;
  made.arrived_ns = arrived_ns;
  *made.header.mutable_labels()->mutable_input() = input.header.stamp();
  made.header.mutable_labels()->set_producer("threshold");
  made.header.mutable_pixels()->set_type(v1::UINT8);
  made.header.mutable_pixels()->add_shape(2);
  made.header.mutable_pixels()->add_shape(3);
  auto pixels = Buffer::allocate(6);
  for (int i = 0; i < 6; ++i) pixels->as<std::uint8_t>()[i] = i < 4 ? 1 : i == 4 ? 2 : 255;
  made.pixels = std::move(pixels);
  return std::make_shared<const OverlayImage>(std::move(made));
}

TemporaryFolder::TemporaryFolder() {
  std::string name = std::filesystem::temp_directory_path() / "slicecast-viewer-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::size_t TemporaryFolder::files() const {
  const std::filesystem::directory_iterator all(path_);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}
void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

}  // namespace slicecast::viewer::testing
