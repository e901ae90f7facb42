global using Caas.Core.Ids;
global using Caas.Core.Refusals;
