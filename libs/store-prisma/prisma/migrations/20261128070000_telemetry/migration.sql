-- CreateTable
CREATE TABLE "SignalPair" (
    "meshId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "reporter" TEXT NOT NULL,
    "protocol" TEXT NOT NULL,
    "sourceNamespace" TEXT NOT NULL,
    "sourceWorkload" TEXT NOT NULL,
    "sourceAccount" TEXT NOT NULL,
    "sourceApp" TEXT NOT NULL,
    "sourceVersion" TEXT NOT NULL,
    "destinationNamespace" TEXT NOT NULL,
    "destinationService" TEXT NOT NULL,
    "destinationSubset" TEXT NOT NULL,
    "destinationWorkload" TEXT NOT NULL,
    "destinationVersion" TEXT NOT NULL,
    "connectionSecurity" TEXT NOT NULL,
    "seenAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "SignalPair_pkey" PRIMARY KEY ("meshId","id")
);

-- CreateTable
CREATE TABLE "SignalBucket" (
    "meshId" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "start" BIGINT NOT NULL,
    "pairId" TEXT NOT NULL,
    "writer" TEXT NOT NULL,
    "requestsByCode" JSONB NOT NULL,
    "errors" BIGINT NOT NULL,
    "connections" BIGINT NOT NULL,
    "bytesSent" BIGINT NOT NULL,
    "bytesReceived" BIGINT NOT NULL,
    "latency" JSONB NOT NULL,

    CONSTRAINT "SignalBucket_pkey" PRIMARY KEY ("meshId","level","start","pairId","writer")
);

-- CreateTable
CREATE TABLE "SignalDue" (
    "meshId" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "start" BIGINT NOT NULL,

    CONSTRAINT "SignalDue_pkey" PRIMARY KEY ("meshId","level","start")
);
