using Litre.Inference.Serving;
using Litre.Server.Errors;
using Litre.Server.Requests;
using Microsoft.AspNetCore.Routing;

namespace Litre.Server.OpenAi;

/// <summary>GET /v1/models and /v1/models/{id}.</summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/models", (ModelCatalog catalog, EngineHost host) => List(catalog, host.Require()))
            .WithName("listModels")
            .WithSummary("The base model and its adapters. The parent of an adapter is the base model.")
            .WithTags("OpenAI");
        routes
            .MapGet(
                "/v1/models/{**id}",
                (string id, ModelCatalog catalog, EngineHost host) =>
                    List(catalog, host.Require()).Data.FirstOrDefault(m => m.Id == id) ?? throw ApiException.ModelNotFound(id)
            )
            .WithName("getModel")
            .WithSummary("One model or adapter.")
            .WithTags("OpenAI");
    }

    private static ModelList List(ModelCatalog catalog, IAnswerEngine engine)
    {
        var length = engine.Config.Text.MaxPositionEmbeddings;
        return new ModelList([
            new ModelObject(catalog.BaseName, catalog.Started.ToUnixTimeSeconds(), catalog.BaseName, null, length),
            .. engine.Adapters.Select(a => new ModelObject(
                a.Name,
                a.LoadedAt.ToUnixTimeSeconds(),
                catalog.BaseName,
                catalog.BaseName,
                length
            )),
        ]);
    }
}
