import { Module } from '@nestjs/common';

/** discovery has no HTTP face besides health and metrics, which every service gets. */
@Module({})
export class DiscoveryModule {}
