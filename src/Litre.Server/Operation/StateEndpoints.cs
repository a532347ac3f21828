using System.Reflection;
using Litre.Server.Requests;
using Microsoft.AspNetCore.Routing;

namespace Litre.Server.Operation;

/// <summary>GET /health and /version, which need no key.</summary>
internal static class StateEndpoints
{
    /// <summary>The version of Litre.</summary>
    public static string Version { get; } =
        typeof(StateEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapMethods("/health", ["GET", "HEAD"], Health)
            .WithName("health")
            .WithSummary("200 if requests are answered; 503 while the model is loaded or the server stops.")
            .WithTags("Operation")
            .Produces<StateObject>()
            .Produces<StateObject>(StatusCodes.Status503ServiceUnavailable);
        routes
            .MapGet("/version", () => new VersionObject(Version))
            .WithName("version")
            .WithSummary("The version of Litre.")
            .WithTags("Operation");
    }

    private static IResult Health(EngineHost host) =>
        Results.Json(
            new StateObject(host.State),
            statusCode: host.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
        );
}

/// <summary>Whether requests are answered.</summary>
/// <param name="Status"><c>ready</c>, <c>loading</c> or <c>stopping</c>.</param>
internal sealed record StateObject(string Status);

/// <summary>The version of the server.</summary>
internal sealed record VersionObject(string Version);
