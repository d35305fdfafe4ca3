# What a package of the client holds, and CPack's orders for a Debian one: `npm run package` calls it.

include(GNUInstallDirs)

install(TARGETS sesame RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Man pages, completions, changelog, copyright: scripts/packaging/ makes them out of what the program says of itself.
install(DIRECTORY "${CMAKE_SOURCE_DIR}/build-share/client/" DESTINATION ${CMAKE_INSTALL_DATADIR} OPTIONAL)
install(FILES packaging/systemd/user/sesame-watch.service DESTINATION lib/systemd/user)
install(FILES packaging/systemd/system/sesame-watch@.service DESTINATION lib/systemd/system)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_PACKAGE_NAME sesame)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Sesame developers <sesame@packages.example>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sends files to a Sesame server, and proves that they arrived")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "\
Uploads over TLS 1.3 with pinned keys, which resume after every cut. No file
is called received before the server has verified it and has it safe on disk;
for each there is a signed receipt that stock ssh-keygen checks.")

include(CPack)
