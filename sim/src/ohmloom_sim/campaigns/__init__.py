"""Campaigns: many chips, drawn and measured point by point over a grid of factors."""
