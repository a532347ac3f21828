namespace Litre.Server.Errors;

/// <summary>How a protocol writes errors.</summary>
/// <param name="Prefix">The path that its endpoints begin with.</param>
/// <param name="Body">Returns the JSON value for an error and the request's ID.</param>
internal sealed record ErrorShape(PathString Prefix, Func<ApiException, string, object> Body);
