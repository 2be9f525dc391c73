from importlib import import_module

Migration = import_module("tests.tenancy.fleet.synthetic.first.migrations.0001_initial").Migration
