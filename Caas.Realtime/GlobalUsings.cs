global using Caas.Contracts;
global using Caas.Core.Entries;
global using Caas.Core.Ids;
global using Caas.Core.Permissions;
global using Caas.Core.Refusals;
