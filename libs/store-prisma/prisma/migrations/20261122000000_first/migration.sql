-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "Operation" AS ENUM ('created', 'replaced', 'deleted');

-- CreateTable
CREATE TABLE "Mesh" (
    "id" TEXT NOT NULL,
    "revision" BIGINT NOT NULL DEFAULT 0,
    "compactedRevision" BIGINT NOT NULL DEFAULT 0,
    "keyCheck" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Mesh_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Resource" (
    "meshId" TEXT NOT NULL,
    "group" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    "object" TEXT NOT NULL,

    CONSTRAINT "Resource_pkey" PRIMARY KEY ("meshId","group","kind","namespace","name")
);

-- CreateTable
CREATE TABLE "Revision" (
    "meshId" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    "operation" "Operation" NOT NULL,
    "group" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "object" TEXT NOT NULL,
    "previousRevision" BIGINT,
    "author" TEXT NOT NULL,
    "changeId" TEXT NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Revision_pkey" PRIMARY KEY ("meshId","revision")
);

-- CreateTable
CREATE TABLE "AccessToken" (
    "id" TEXT NOT NULL,
    "meshId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "grants" JSONB NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "AccessToken_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "meshId" TEXT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL,
    "subject" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "verb" TEXT NOT NULL,
    "resource" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "code" INTEGER NOT NULL,
    "message" TEXT NOT NULL,
    "changeId" TEXT NOT NULL,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("meshId","id")
);

-- CreateIndex
CREATE INDEX "Resource_meshId_namespace_idx" ON "Resource"("meshId", "namespace");

-- CreateIndex
CREATE INDEX "Revision_meshId_group_kind_namespace_name_revision_idx" ON "Revision"("meshId", "group", "kind", "namespace", "name", "revision" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "AccessToken_meshId_hash_key" ON "AccessToken"("meshId", "hash");

-- CreateIndex
CREATE INDEX "AuditEntry_meshId_time_idx" ON "AuditEntry"("meshId", "time");
