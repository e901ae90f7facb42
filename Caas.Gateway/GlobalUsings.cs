global using Caas.Contracts;
global using Caas.Core.Callers;
global using Caas.Core.Refusals;
global using Microsoft.AspNetCore.Http.HttpResults;
