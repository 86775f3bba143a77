// SpecStep on Azure: application, database, cache, storage, mail, keys. One resource group, one region in the United States.
// deploy/azure/README.md says how it is used and what it does not do. tests/specstep/test_deployment.py reads this file.

targetScope = 'resourceGroup'

@description('Where everything stands. The privacy policy promises the United States, so nothing else is allowed here.')
@allowed([
  'centralus'
  'eastus'
  'eastus2'
  'northcentralus'
  'southcentralus'
  'westcentralus'
  'westus'
  'westus2'
  'westus3'
])
param region string = 'eastus2'

@description('Begins the names of all resources: 3 to 11 small letters and digits.')
@minLength(3)
@maxLength(11)
param name string = 'specstep'

@description('The image made from deploy/Dockerfile, with its digest: registry/specstep@sha256:...')
param image string

@description('Where people reach the service: specstep.com')
param host string

@description('The sender of mails that the domain of the mail service is verified for.')
param mailSender string

@secure()
@description('The password of the database. Made once, kept in the vault, typed nowhere.')
param databasePassword string

@secure()
param secretKey string

@secure()
@description('The key ring of the application: "1:BASE64". manage.py rotate_vault --new-key prints a key.')
param vaultKeys string

@secure()
param anthropicKey string = ''

@secure()
param openaiKey string = ''

var backupDays = 30 // the privacy policy, section 5, says so
var databaseName = 'specstep'
var containerName = 'specstep'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-app'
  location: region
}

// --- network: the database and the cache have no public address -------------------------------------------------------------
resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: '${name}-net'
  location: region
  properties: {
    addressSpace: { addressPrefixes: ['10.20.0.0/16'] }
    subnets: [
      {
        name: 'apps'
        properties: {
          addressPrefix: '10.20.0.0/23'
          delegations: [{ name: 'apps', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.20.4.0/28'
          delegations: [{ name: 'database', properties: { serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.20.5.0/27' }
      }
    ]
  }
}

resource databaseZone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: '${name}.private.postgres.database.azure.com'
  location: 'global'
}

resource databaseLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = {
  parent: databaseZone
  name: 'net'
  location: 'global'
  properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
}

resource cacheZone 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: 'privatelink.redis.cache.windows.net'
  location: 'global'
}

resource cacheLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = {
  parent: cacheZone
  name: 'net'
  location: 'global'
  properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
}

// --- PostgreSQL: encrypted at rest by the platform always; no copy in another region ------------------------------------------
resource database 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-db'
  location: region
  dependsOn: [databaseLink]
  sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' }
  properties: {
    version: '16'
    administratorLogin: 'specstep'
    administratorLoginPassword: databasePassword
    storage: { storageSizeGB: 64 }
    backup: { backupRetentionDays: backupDays, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: 'ZoneRedundant' }
    network: {
      delegatedSubnetResourceId: network.properties.subnets[1].id
      privateDnsZoneArmResourceId: databaseZone.id
    }
  }
}

resource databaseTls 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = {
  parent: database
  name: 'ssl_min_protocol_version'
  properties: { value: 'TLSv1.2', source: 'user-override' }
}

// Statements and addresses of callers stay out of the server's log.
resource databaseLog 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = {
  parent: database
  name: 'log_connections'
  dependsOn: [databaseTls]
  properties: { value: 'off', source: 'user-override' }
}

resource tables 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: database
  name: databaseName
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
}

// --- Redis: only a bell and a cache. Nothing of it is written to disk, so the daily salt ends with the process ----------------
resource cache 'Microsoft.Cache/redis@2024-03-01' = {
  name: '${name}-cache'
  location: region
  properties: {
    sku: { name: 'Standard', family: 'C', capacity: 1 }
    enableNonSslPort: false
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
    redisConfiguration: { 'maxmemory-policy': 'noeviction' }
  }
}

resource cacheEndpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${name}-cache'
  location: region
  properties: {
    subnet: { id: network.properties.subnets[2].id }
    privateLinkServiceConnections: [
      { name: 'cache', properties: { privateLinkServiceId: cache.id, groupIds: ['redisCache'] } }
    ]
  }
}

resource cacheName 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = {
  parent: cacheEndpoint
  name: 'cache'
  properties: { privateDnsZoneConfigs: [{ name: 'cache', properties: { privateDnsZoneId: cacheZone.id } }] }
}

// --- blob storage: private, encrypted twice; what is deleted is gone, so a purge is one ---------------------------------------
resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: '${name}${take(uniqueString(resourceGroup().id), 8)}'
  location: region
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: { blob: { enabled: true, keyType: 'Account' } }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: false }
    containerDeleteRetentionPolicy: { enabled: false }
    isVersioningEnabled: false
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: containerName
  properties: { publicAccess: 'None' }
}

resource mayStore 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, identity.id, blobDataContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

// --- mails and SMS -----------------------------------------------------------------------------------------------------------
resource mail 'Microsoft.Communication/communicationServices@2023-04-01' = {
  name: '${name}-mail'
  location: 'global'
  properties: { dataLocation: 'United States' }
}

// --- the three processes -----------------------------------------------------------------------------------------------------
resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: '${name}-apps'
  location: region
  properties: {
    vnetConfiguration: { infrastructureSubnetId: network.properties.subnets[0].id }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    zoneRedundant: true
  }
}

var databaseHost = database.properties.fullyQualifiedDomainName
var secrets = [
  {
    name: 'database-url'
    value: 'postgres://specstep:${uriComponent(databasePassword)}@${databaseHost}:5432/${databaseName}?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt'
  }
  {
    name: 'redis-url'
    value: 'rediss://:${uriComponent(cache.listKeys().primaryKey)}@${cache.properties.hostName}:6380/0?ssl_cert_reqs=required'
  }
  { name: 'secret-key', value: secretKey }
  { name: 'vault-keys', value: vaultKeys }
  { name: 'mail-key', value: mail.listKeys().primaryKey }
  { name: 'anthropic-key', value: empty(anthropicKey) ? 'none' : anthropicKey }
  { name: 'openai-key', value: empty(openaiKey) ? 'none' : openaiKey }
]
var settings = concat(
  [
    { name: 'SPECSTEP_DEBUG', value: 'false' }
    { name: 'SPECSTEP_DATA_DIR', value: '/tmp/specstep' }
    { name: 'AZURE_REGION', value: region }
    { name: 'ENCRYPTED_AT_REST', value: 'true' }
    { name: 'SITE_URL', value: 'https://${host}' }
    { name: 'ALLOWED_HOSTS', value: host }
    { name: 'TRUSTED_PROXIES', value: '1' } // the ingress: without it all callers would share one limit of attempts
    { name: 'CSRF_TRUSTED_ORIGINS', value: 'https://${host}' }
    { name: 'DATABASE_URL', secretRef: 'database-url' }
    { name: 'REDIS_URL', secretRef: 'redis-url' }
    { name: 'SECRET_KEY', secretRef: 'secret-key' }
    { name: 'SPECSTEP_VAULT_KEYS', secretRef: 'vault-keys' }
    { name: 'AZURE_STORAGE_ACCOUNT_URL', value: 'https://${storage.name}.blob.${az.environment().suffixes.storage}' }
    { name: 'AZURE_STORAGE_CONTAINER', value: containerName }
    { name: 'AZURE_CLIENT_ID', value: identity.properties.clientId }
    { name: 'ACS_ENDPOINT', value: 'https://${mail.properties.hostName}' }
    { name: 'ACS_ACCESS_KEY', secretRef: 'mail-key' }
    { name: 'ACS_EMAIL_SENDER', value: mailSender }
    { name: 'SMS_PROVIDER', value: 'none' }
    { name: 'LLM_PROVIDER', value: empty(anthropicKey) ? (empty(openaiKey) ? 'offline' : 'openai') : 'anthropic' }
  ],
  empty(anthropicKey) ? [] : [{ name: 'ANTHROPIC_API_KEY', secretRef: 'anthropic-key' }],
  empty(openaiKey) ? [] : [{ name: 'OPENAI_API_KEY', secretRef: 'openai-key' }]
)
var processes = [
  { key: 'web', command: ['deploy/run', 'web'], most: 6, least: 2, cpu: '1.0', memory: '2Gi' }
  { key: 'worker', command: ['deploy/run', 'worker'], most: 6, least: 2, cpu: '1.0', memory: '2Gi' }
  { key: 'beat', command: ['deploy/run', 'beat'], most: 1, least: 1, cpu: '0.25', memory: '0.5Gi' }
]

resource apps 'Microsoft.App/containerApps@2024-03-01' = [
  for process in processes: {
    name: '${name}-${process.key}'
    location: region
    dependsOn: [tables, mayStore, container, cacheName]
    identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
    properties: {
      environmentId: environment.id
      workloadProfileName: 'Consumption'
      configuration: {
        activeRevisionsMode: 'Single'
        secrets: secrets
        ingress: process.key == 'web' ? { external: true, targetPort: 8000, allowInsecure: false, transport: 'http' } : null
      }
      template: {
        containers: [
          {
            name: process.key
            image: image
            command: process.command
            env: settings
            resources: { cpu: json(process.cpu), memory: process.memory }
          }
        ]
        scale: { minReplicas: process.least, maxReplicas: process.most }
      }
    }
  }
]

output address string = apps[0].properties.configuration.ingress.fqdn
output storageUrl string = 'https://${storage.name}.blob.${az.environment().suffixes.storage}'
