"""Drawings for pages: pure layouts, from numbers to places on a canvas. Templates turn them into SVG."""
