using Caas.AppHost;

// Aspire's packages were not to be had when this was built (eng/Aspire.props).
return await Embedded.RunAsync(args);
