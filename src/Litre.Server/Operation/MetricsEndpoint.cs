using Litre.Server.Metrics;
using Litre.Server.Requests;
using Microsoft.AspNetCore.Routing;

namespace Litre.Server.Operation;

/// <summary>GET /metrics.</summary>
internal static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/metrics",
                (EngineHost host, ServerMetrics metrics) => Results.Text(metrics.Write(host.Engine?.Status), PrometheusText.ContentType)
            )
            .WithName("metrics")
            .WithSummary("Numbers for Prometheus, under vLLM's names where it has them. Needs a key if the protocols do.")
            .WithTags("Operation")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
}
