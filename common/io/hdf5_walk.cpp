#include "common/io/hdf5_walk.h"

#include <set>

namespace slicecast::io {
namespace {

constexpr std::size_t kMostLinks = 20000;  // the n-th costs n steps: all of them some seconds
constexpr int kDeepest = 32;

class Walk {
 public:
  explicit Walk(std::vector<std::string>& paths) : paths_(paths) {}

  void enter(hid_t group, const std::string& path, int depth) {
    H5O_info_t info;
    if (depth > kDeepest || H5Oget_info2(group, &info, H5O_INFO_BASIC) < 0) return;
    if (!entered_.insert({info.fileno, info.addr}).second) return;
    H5G_info_t listing;
    if (H5Gget_info(group, &listing) < 0) return;
    for (hsize_t i = 0; i < listing.nlinks && seen_ < kMostLinks; ++i, ++seen_) {
      const std::string name = name_of(group, i);
      if (name.empty()) continue;
      const Hdf5Handle object(H5Oopen(group, name.c_str(), H5P_DEFAULT));
      if (!object) continue;
      const std::string full = path + "/" + name;
      const H5I_type_t type = H5Iget_type(object.get());
      if (type == H5I_GROUP) enter(object.get(), full, depth + 1);
      if (type == H5I_DATASET) paths_.push_back(full);
    }
  }

 private:
  static std::string name_of(hid_t group, hsize_t index) {
    const ssize_t length =
        H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, nullptr, 0, H5P_DEFAULT);
    if (length <= 0 || length > 4096) return {};
    std::string name(static_cast<std::size_t>(length), '\0');
    H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name.data(), name.size() + 1,
                       H5P_DEFAULT);
    return name;
  }

  std::vector<std::string>& paths_;
  std::set<std::pair<unsigned long, haddr_t>> entered_;
  std::size_t seen_ = 0;
};

}  // namespace

std::vector<std::string> dataset_paths(hid_t file) {
  std::vector<std::string> paths;
  const Hdf5Handle root(H5Gopen2(file, "/", H5P_DEFAULT));
  if (root) Walk(paths).enter(root.get(), "", 0);
  H5Eclear2(H5E_DEFAULT);
  return paths;
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}
std::string leaf_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace slicecast::io
