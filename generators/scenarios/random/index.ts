export { buildRecipe, type RecipeNames, recipeNeeds } from './build-recipe.ts';
export { callSteps, type End, endCalls, type Recipe, type RecipeFunction, type Step } from './recipe.ts';
export { isRecipeScenario, type RecipeScenario, shrunkPrefix, shrunkScenario } from './recipe-scenario.ts';
export { formatRecipe, parseRecipe, RecipeError } from './recipe-text.ts';
export { randomScenarios } from './scenarios.ts';
export { renumber, settle } from './settle.ts';
export { recipeWeight, simplerRecipes } from './simpler.ts';
