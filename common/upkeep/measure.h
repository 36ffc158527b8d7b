/*
 * measure.h - the metrics of the installation, for the module meta.
 */
#ifndef STEAD_MEASURE_H
#define STEAD_MEASURE_H

#include "stead.h"

stead_measure meta_measure;

#endif
