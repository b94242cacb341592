noinst_LIBRARIES += librelay.a
librelay_a_SOURCES =
